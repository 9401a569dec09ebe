// A real worker, in a process of its own: it can be killed, and its memory is its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BridgeError } from '../shared/bridge-error.ts';

const MAIN = fileURLToPath(new URL('../aws-worker/main.ts', import.meta.url));
const START_TIMEOUT_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 50;

export interface WorkerProcess {
  readonly process: ChildProcess;
  readonly url: string;
  /** The most memory that it has held, in bytes (Linux only). */
  peakMemoryBytes(): Promise<number | undefined>;
  /** SIGTERM, then its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/**
 * Starts a worker and waits until it is ready.
 * @throws BridgeError permanent `worker-did-not-start`, with the end of what it printed
 */
export async function startWorkerProcess(options: {
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  readonly logFile: string;
}): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      ...options.environment,
      PORT: String(options.port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(options.logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = once(child, 'exit').then(([code]) => {
    log.end();
    return code as number | null;
  });
  const url = `http://127.0.0.1:${options.port}`;
  await waitUntilReady(child, url, options.logFile);
  return {
    process: child,
    url,
    peakMemoryBytes: () => peakMemoryOf(child),
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function waitUntilReady(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MILLISECONDS;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await delay(POLL_MILLISECONDS);
  }
  child.kill('SIGKILL');
  const printed = existsSync(logFile) ? await readFile(logFile, 'utf8') : '';
  throw new BridgeError({
    kind: 'permanent',
    code: 'worker-did-not-start',
    message: `The worker did not start. The end of ${logFile}:\n${printed.split('\n').slice(-15).join('\n')}`,
  });
}

async function peakMemoryOf(child: ChildProcess): Promise<number | undefined> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
