// The worker's process, as aws-worker/main.ts has it, but for a visibility timeout that no user may set: messages whose receive nobody heard of come
// back while a run lasts. No write here is on its way for longer.

import { readWorkerConfig } from '../../aws-worker/config.ts';
import { runUntilSignal } from '../../aws-worker/shutdown.ts';
import { startWorker } from '../../aws-worker/worker.ts';
import { createLog } from '../../shared/log.ts';

const VISIBILITY_SECONDS = 30;

const config = readWorkerConfig(process.env);
const log = createLog({ level: config.logLevel });
await runUntilSignal({
  start: signal =>
    startWorker({
      config: { ...config, sqs: { ...config.sqs, visibilityTimeoutSeconds: VISIBILITY_SECONDS } },
      version: 'test',
      dashboardFolder: new URL('../../aws-worker/http/dashboard/', import.meta.url),
      log,
      signal,
    }),
  log,
});
