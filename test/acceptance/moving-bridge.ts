// The real worker and the local cloud in one process, so that a case costs a tenth of a second. The worker's requests about a key can be held back
// before they are served, in the midst of a body, and after a write took effect; whoever changes an object meanwhile does so through doors of
// its own, and what the change tells Function Compute is kept until the test lets it go.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import OSS from 'ali-oss';
import { readWorkerConfig } from '../../aws-worker/config.ts';
import { openSqliteLedger } from '../../aws-worker/ledger/sqlite-ledger.ts';
import type { UploadCheckpoint } from '../../aws-worker/transfer/upload-checkpoints.ts';
import { startWorker } from '../../aws-worker/worker.ts';
import { LOCAL, type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import type { OssEvent } from '../../local/oss/oss-event.ts';
import { startOssServer } from '../../local/oss/oss-server.ts';
import { startS3Server } from '../../local/s3/s3-server.ts';
import { createLog } from '../../shared/log.ts';
import { setEnvironment } from '../fixtures/set-environment.ts';
import { createRecordedStore, type RecordedStore, withPauses } from './moving-recorded-store.ts';
import { passDelays } from './pass-delays.ts';

export interface WorkerRequest {
  readonly service: 'oss' | 's3';
  /** GetObject, CompleteMultipartUpload, … */
  readonly operation: string;
  /** Of a ranged GET, in bytes. */
  readonly start: number | undefined;
  /** Sets a header of the answer to come. */
  setHeader(name: string, value: string): void;
}

/** Sees what the worker does with one key, and holds it up for as long as it likes. */
export interface Watcher {
  /** Before it is served; what it throws is the answer (OssError, S3Error). */
  onRequest(request: WorkerRequest): Promise<void>;
  /** When half of a body has been read from the bucket. */
  inBody(): Promise<void>;
  /** When a write to the destination took effect, before its answer. */
  afterWrite(): Promise<void>;
}

export interface MovingBridge {
  readonly cloud: LocalCloud;
  readonly worker: { readonly url: string };
  readonly isKms: boolean;
  readonly source: RecordedStore;
  readonly destination: RecordedStore;
  /** Changes the source; its events are kept. */
  readonly oss: OSS;
  /** Another tool, which the watchers do not see. */
  readonly s3: S3Client;
  watch(key: string, watcher: Watcher): void;
  unwatch(key: string): void;
  /** An event that no request to the stand-in fires. */
  fire(key: string, eventName: string): Promise<void>;
  /** Events of the key that were kept, now with Function Compute. */
  deliverEvents(key: string): void;
  dropEvents(key: string): void;
  /** Those to come are delivered by themselves. */
  letEventsFlow(key: string): void;
  /** How live messages about the key ended, in their order. */
  outcomesOf(key: string): readonly string[];
  openUploads(key: string): Promise<number>;
  uploadRow(key: string): Promise<UploadCheckpoint | undefined>;
  close(): Promise<void>;
}

/** Of its own requests, so that the watchers leave them alone. */
const ANOTHER_TOOL = 'another-tool';
/** More than the queue's clock is moved on in one run, so that nothing that is held becomes visible by that. */
const VISIBILITY_SECONDS = '3600';

export interface MovingBridgeOptions {
  /** Objects are encrypted with a KMS key: their ETags are no MD5. */
  readonly kms?: boolean;
}

/** One a process: the SDK reads where S3 is from the process's environment. */
export async function startMovingBridge({ kms = false }: MovingBridgeOptions = {}): Promise<MovingBridge> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-s3-bridge-moving-'));
  const source = createRecordedStore();
  const destination = createRecordedStore();
  const watchers = new Map<string, Watcher>();
  const events = keepEvents();
  const silent = createLog({ level: 'silent' });
  const clock = { passedMilliseconds: 0 };

  const see = async (service: 'oss' | 's3', exchange: Exchange): Promise<boolean> => {
    const { operation, key = '', request, response } = exchange;
    if (request.headers['user-agent']?.includes(ANOTHER_TOOL)) return false;
    const start = /^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1];
    await watchers.get(key)?.onRequest({
      service,
      operation,
      start: start === undefined ? undefined : Number(start),
      setHeader: (name, value) => response.setHeader(name, value),
    });
    return false;
  };
  const pausingDestination = withPauses(destination, {
    afterWrite: async key => await watchers.get(key)?.afterWrite(),
  });
  const cloud = await startLocalCloud({
    source: withPauses(source, { inBody: async key => await watchers.get(key)?.inBody() }),
    destination: pausingDestination,
    log: silent,
    queueClock: () => Date.now() + clock.passedMilliseconds,
    intercept: { oss: exchange => see('oss', exchange), s3: exchange => see('s3', exchange) },
  });
  const ownOss = await startOssServer({
    region: LOCAL.ossRegion,
    credentials: LOCAL.ossCredentials,
    buckets: new Map([[LOCAL.ossBucket, source]]),
    onEvent: event => events.onEvent(event, cloud),
  });
  const aws = { region: LOCAL.awsRegion, credentials: LOCAL.awsCredentials };
  const kmsS3 = kms
    ? await startS3Server({
        ...aws,
        buckets: new Map([[LOCAL.s3Bucket, pausingDestination]]),
        kmsEtags: true,
        intercept: exchange => see('s3', exchange),
      })
    : undefined;
  const s3Endpoint = kmsS3?.endpoint ?? cloud.s3.endpoint;
  const ledgerPath = join(folder, 'ledger.db');
  const environment = {
    ...cloud.environment,
    AWS_ENDPOINT_URL_S3: s3Endpoint,
    ...(kms ? { S3_ENCRYPTION: 'aws:kms' } : {}),
    LEDGER_URL: `sqlite:${ledgerPath}`,
    PORT: '0',
    PART_SIZE_MEBIBYTES: '5',
    // Parts in their order, so that what happens between two of them is the same each time.
    MAX_CONCURRENT_PARTS: '1',
    MEMORY_BUDGET_MEBIBYTES: '64',
    SQS_VISIBILITY_TIMEOUT_SECONDS: VISIBILITY_SECONDS,
  };
  const restoreEnvironment = setEnvironment(environment);
  const outcomes = noteOutcomes();
  const worker = await startWorker({
    config: readWorkerConfig(environment),
    version: 'test',
    dashboardFolder: new URL('../../aws-worker/http/dashboard/', import.meta.url),
    log: outcomes.log,
  });
  const ledger = await openSqliteLedger({ path: ledgerPath, workerId: 'the test', log: silent });
  const s3 = new S3Client({ ...aws, endpoint: s3Endpoint, forcePathStyle: true, customUserAgent: ANOTHER_TOOL });
  const stopPassing = passDelays(cloud, clock);
  return {
    cloud,
    worker,
    isKms: kms,
    source,
    destination,
    s3,
    oss: new OSS({
      region: `oss-${LOCAL.ossRegion}`,
      bucket: LOCAL.ossBucket,
      endpoint: ownOss.endpoint,
      ...LOCAL.ossCredentials,
      authorizationV4: true,
    }),
    watch: (key, watcher) => watchers.set(key, watcher),
    unwatch: key => watchers.delete(key),
    async fire(key, eventName) {
      const object = await source.find(key);
      if (object !== undefined) ownOss.fireCreated(LOCAL.ossBucket, object, eventName);
    },
    deliverEvents: key => events.deliver(key, cloud),
    dropEvents: key => events.drop(key),
    letEventsFlow: key => events.letFlow(key),
    outcomesOf: key => outcomes.of(key),
    async openUploads(key) {
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: LOCAL.s3Bucket, Prefix: key }));
      return Uploads.length;
    },
    uploadRow: key => ledger.uploads.find(key),
    async close() {
      stopPassing();
      await worker.stop();
      await ledger.close();
      s3.destroy();
      await ownOss.close();
      await kmsS3?.close();
      await cloud.close();
      restoreEnvironment();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Exchange = Parameters<NonNullable<NonNullable<Parameters<typeof startLocalCloud>[0]['intercept']>['oss']>>[0];

/** Events wait here, by key, until they are asked for. */
function keepEvents() {
  const kept = new Map<string, OssEvent[]>();
  const flowing = new Set<string>();
  return {
    onEvent(event: OssEvent, cloud: LocalCloud) {
      const key = event.events[0]?.oss.object.key ?? '';
      if (flowing.has(key)) return cloud.functionCompute.invoke(event);
      kept.set(key, [...(kept.get(key) ?? []), event]);
    },
    deliver(key: string, cloud: LocalCloud) {
      for (const event of kept.get(key) ?? []) cloud.functionCompute.invoke(event);
      kept.delete(key);
    },
    drop: (key: string) => void kept.delete(key),
    letFlow: (key: string) => void flowing.add(key),
  };
}

/** Live outcomes are told to nobody but the log. */
function noteOutcomes() {
  const byKey = new Map<string, string[]>();
  const log = createLog({
    level: 'debug',
    write(line) {
      const { message, sourceKey, outcome, error } = JSON.parse(line);
      const isEnd = message === 'Live object settled.' || message === 'A live object failed for good.';
      if (isEnd) byKey.set(sourceKey, [...(byKey.get(sourceKey) ?? []), outcome ?? `failed: ${error?.code}`]);
    },
  });
  return { log, of: (key: string): readonly string[] => byKey.get(key) ?? [] };
}
