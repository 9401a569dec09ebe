// The whole product as its users meet it: a local cloud in this process, workers in processes of their own, the vendors' SDKs as clients.
// Everything that is started here ends with the test (or the suite) that started it.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import OSS from 'ali-oss';
import { expect } from 'vitest';
import { LOCAL, type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../local/local-cloud.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import type { ObjectStore } from '../../local/store/object-store.ts';
import { startWorkerProcess, type WorkerProcess } from '../../local/worker-process.ts';
import { createLog } from '../../shared/log.ts';
import { noteSecrets } from '../secrets/note-secrets.ts';
import { type BridgeLedger, sqliteBridgeLedger } from './bridge-ledger.ts';
import { COMPILE_CACHE } from './compile-cache.ts';

export interface Bridge {
  readonly cloud: LocalCloud;
  readonly source: ObjectStore;
  readonly destination: ObjectStore;
  readonly oss: OSS;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  /** For whatever the test has to keep; removed at the end. */
  readonly folder: string;
  /** All of this bridge's workers share it. */
  readonly ledger: BridgeLedger;
  /** What points a worker at this cloud and this ledger. */
  readonly environment: Readonly<Record<string, string>>;
  /** A worker, ready. Its variables come before the bridge's. */
  startWorker(environment?: Readonly<Record<string, string>>): Promise<WorkerProcess>;
  /** All that its workers printed. */
  workerLog(): Promise<string>;
  /** Moves the queues' clock: delays and visibility timeouts of so many seconds have ended. */
  passQueueTime(seconds: number): void;
  /** When no event and no message is left anywhere. */
  untilQuiet(): Promise<void>;
  close(): Promise<void>;
}

export const SETTLE = { timeout: 25_000, interval: 50 };

export async function startBridge(
  options: Partial<
    Pick<LocalCloudOptions, 'source' | 'destination' | 'intercept' | 's3Sessions' | 'host' | 'advertisedHost'>
  > & {
    /** The file that its workers run. Default: the product's. */
    readonly main?: string;
    /** In place of a file; whoever made it ends it. */
    readonly ledger?: BridgeLedger;
  } = {},
): Promise<Bridge> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-s3-bridge-acceptance-'));
  const source = options.source ?? new MemoryObjectStore();
  const destination = options.destination ?? new MemoryObjectStore();
  let passedMilliseconds = 0;
  const cloud = await startLocalCloud({
    source,
    destination,
    log: createLog({ level: 'silent' }),
    queueClock: () => Date.now() + passedMilliseconds,
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.advertisedHost === undefined ? {} : { advertisedHost: options.advertisedHost }),
    ...(options.intercept === undefined ? {} : { intercept: options.intercept }),
    ...(options.s3Sessions === undefined ? {} : { s3Sessions: options.s3Sessions }),
  });
  const ledger = options.ledger ?? sqliteBridgeLedger(folder);
  const environment = {
    ...COMPILE_CACHE,
    ...cloud.environment,
    ...ledger.environment,
  };
  const main = options.main === undefined ? {} : { program: [options.main] };
  const workers: WorkerProcess[] = [];
  const logFile = join(folder, 'worker.log');
  const workerLog = () => readFile(logFile, 'utf8').catch(() => ''); // none was started yet
  const aws = { region: LOCAL.awsRegion, credentials: LOCAL.awsCredentials };
  const s3 = new S3Client({ ...aws, endpoint: cloud.s3.endpoint, forcePathStyle: true });
  const sqs = new SQSClient({ ...aws, endpoint: cloud.sqs.endpoint });
  return {
    cloud,
    source,
    destination,
    folder,
    ledger,
    environment,
    s3,
    sqs,
    oss: new OSS({
      region: `oss-${LOCAL.ossRegion}`,
      bucket: LOCAL.ossBucket,
      endpoint: cloud.oss.endpoint,
      ...LOCAL.ossCredentials,
      authorizationV4: true,
    }),
    async startWorker(own = {}) {
      const worker = await startWorkerProcess({ environment: { ...environment, ...own }, port: 0, logFile, ...main });
      workers.push(worker);
      return worker;
    },
    workerLog,
    passQueueTime(seconds) {
      passedMilliseconds += seconds * 1000;
    },
    async untilQuiet() {
      await expect.poll(() => [cloud.functionCompute.pending, messagesIn(cloud)], SETTLE).toEqual([0, 0]);
    },
    async close() {
      await Promise.all(workers.map(worker => worker.kill()));
      noteSecrets(await workerLog(), { origin: `log of the workers of ${expect.getState().testPath}` });
      s3.destroy();
      sqs.destroy();
      await cloud.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Of both queues, in whatever state. Events are looked at first: work only moves in that order. */
function messagesIn({ sqs }: LocalCloud): number {
  return sqs.peek(LOCAL.liveQueue).length + sqs.peek(LOCAL.backfillQueue).length;
}

export function deadLetters({ cloud }: Bridge) {
  return cloud.sqs.peek(LOCAL.deadLetterQueue);
}

export async function openUploads({ s3 }: Bridge): Promise<readonly string[]> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: LOCAL.s3Bucket }));
  return Uploads.map(({ Key = '' }) => Key);
}
