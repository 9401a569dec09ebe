// The real worker and the local cloud in one process, for many keys at once, each with faults of its own. Nothing that happens here waits for long:
// short-waits.ts, short-delays.ts.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import OSS from 'ali-oss';
import { readWorkerConfig } from '../../../aws-worker/config.ts';
import type { Ledger } from '../../../aws-worker/ledger/ledger.ts';
import { openSqliteLedger } from '../../../aws-worker/ledger/sqlite-ledger.ts';
import { startWorker } from '../../../aws-worker/worker.ts';
import { LOCAL, type LocalCloud, startLocalCloud } from '../../../local/local-cloud.ts';
import type { OssEvent } from '../../../local/oss/oss-event.ts';
import { type OssExchange, startOssServer } from '../../../local/oss/oss-server.ts';
import type { S3Exchange } from '../../../local/s3/s3-server.ts';
import { createLog } from '../../../shared/log.ts';
import { createRecordedStore, type RecordedStore } from '../../acceptance/moving-recorded-store.ts';
import { setEnvironment } from '../../fixtures/set-environment.ts';
import { type BareAnswers, createBareAnswers } from './bare-answers.ts';
import { noteOpenExchanges } from './open-exchanges.ts';
import { createOwnTransfer, type OwnTransfer } from './own-transfer.ts';
import { createRepeatedUploads, type UploadSource } from './repeated-uploads.ts';
import { shortenDelays } from './short-delays.ts';
import { keepJournal, type WorkerJournal } from './worker-journal.ts';

export interface MatrixBridge {
  readonly cloud: LocalCloud;
  readonly worker: { readonly url: string };
  readonly source: RecordedStore;
  readonly destination: RecordedStore;
  readonly journal: WorkerJournal;
  readonly bareAnswers: BareAnswers;
  readonly ledger: Ledger;
  readonly ledgerPath: string;
  /** Changes the source where no fault strikes; its events are kept. */
  readonly uploadSource: UploadSource;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly ownTransfer: OwnTransfer;
  /** Events of the key that were kept, now with Function Compute. */
  deliverEvents(key: string): void;
  dropEvents(key: string): void;
  /** Of the worker: neither answered nor cut. */
  readonly openExchanges: number;
  /** Of the worker, to any cloud, so far. */
  readonly exchanges: number;
  /** Moves the queues' clock. */
  passQueueTime(seconds: number): void;
  close(): Promise<void>;
}

export interface MatrixBridgeOptions {
  /** Delays of messages are so many times shorter. */
  readonly delayDivisor?: number;
  readonly visibilityTimeoutSeconds?: number;
}

const DELAY_DIVISOR = 100;
/** Longer than a test lasts: nothing comes back by itself. */
const VISIBILITY_SECONDS = 3600;

/** One a process: the SDK reads where S3 is from the process's environment. */
export async function startMatrixBridge(options: MatrixBridgeOptions = {}): Promise<MatrixBridge> {
  const { delayDivisor = DELAY_DIVISOR, visibilityTimeoutSeconds = VISIBILITY_SECONDS } = options;
  const folder = await mkdtemp(join(tmpdir(), 'oss-s3-bridge-matrix-'));
  const ledgerPath = join(folder, 'ledger.db');
  const source = createRecordedStore();
  const destination = createRecordedStore();
  const bareAnswers = createBareAnswers();
  const open = noteOpenExchanges();
  const kept = new Map<string, OssEvent[]>();
  const silent = createLog({ level: 'silent' });
  let passedMilliseconds = 0;
  let exchanges = 0;

  const see = (service: 'oss' | 's3', exchange: OssExchange | S3Exchange) => {
    exchanges++;
    open.note(exchange);
    return bareAnswers.meet({ ...exchange, service });
  };
  const cloud = await startLocalCloud({
    source,
    destination,
    log: silent,
    ledgerPath,
    queueClock: () => Date.now() + passedMilliseconds,
    intercept: {
      oss: exchange => see('oss', exchange),
      s3: exchange => see('s3', exchange),
      sqs: exchange => {
        if (exchange.action !== 'ReceiveMessage') exchanges++;
        shortenDelays(exchange, delayDivisor);
        return false;
      },
    },
  });
  const ownOss = await startOssServer({
    region: LOCAL.ossRegion,
    credentials: LOCAL.ossCredentials,
    buckets: new Map([[LOCAL.ossBucket, source]]),
    onEvent(event) {
      const key = event.events[0]?.oss.object.key ?? '';
      kept.set(key, [...(kept.get(key) ?? []), event]);
    },
  });
  const aws = { region: LOCAL.awsRegion, credentials: LOCAL.awsCredentials };
  const environment = {
    ...cloud.environment,
    LEDGER_URL: `sqlite:${ledgerPath}`,
    PORT: '0',
    PART_SIZE_MEBIBYTES: '5',
    // Parts in their order, so that "the last part" is the last one asked for.
    MAX_CONCURRENT_PARTS: '1',
    MEMORY_BUDGET_MEBIBYTES: '256',
  };
  const restoreEnvironment = setEnvironment(environment);
  const journal = keepJournal('log of the worker of the fault matrix');
  const config = readWorkerConfig(environment);
  const worker = await startWorker({
    // Read without it: the shortest that users may have is longer than a test of heartbeats should be.
    config: { ...config, sqs: { ...config.sqs, visibilityTimeoutSeconds } },
    version: 'test',
    dashboardFolder: new URL('../../../aws-worker/http/dashboard/', import.meta.url),
    log: journal.log,
  });
  const ledger = await openSqliteLedger({ path: ledgerPath, workerId: 'the test', log: silent });
  const s3 = new S3Client({ ...aws, endpoint: cloud.s3.endpoint, forcePathStyle: true });
  const sqs = new SQSClient({ ...aws, endpoint: cloud.sqs.endpoint });
  const oss = new OSS({
    region: `oss-${LOCAL.ossRegion}`,
    bucket: LOCAL.ossBucket,
    endpoint: ownOss.endpoint,
    ...LOCAL.ossCredentials,
    authorizationV4: true,
  });
  const endpoints = { ossEndpoint: ownOss.endpoint, s3Endpoint: cloud.s3.endpoint };
  const ownTransfer = createOwnTransfer({ ...endpoints, ledger, log: silent });
  return {
    cloud,
    ownTransfer,
    worker,
    source,
    destination,
    journal,
    bareAnswers,
    ledger,
    ledgerPath,
    s3,
    sqs,
    uploadSource: createRepeatedUploads({
      oss,
      source,
      fireCreated: object => ownOss.fireCreated(LOCAL.ossBucket, object),
    }),
    deliverEvents(key) {
      for (const event of kept.get(key) ?? []) cloud.functionCompute.invoke(event);
      kept.delete(key);
    },
    dropEvents: key => void kept.delete(key),
    get openExchanges() {
      return open.count;
    },
    get exchanges() {
      return exchanges;
    },
    passQueueTime(seconds) {
      passedMilliseconds += seconds * 1000;
    },
    async close() {
      cloud.faults.clear();
      await worker.stop();
      await ownTransfer.close();
      await ledger.close();
      s3.destroy();
      sqs.destroy();
      await ownOss.close();
      await cloud.close();
      restoreEnvironment();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
