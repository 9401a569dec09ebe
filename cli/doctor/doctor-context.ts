// What items look with: the worker's own adapters, made from the worker's own configuration, so that what the doctor finds is what the worker
// will meet. Nothing is sent before an item asks.

import type { ListedPage } from '../../aws-worker/backfill/source-listing.ts';
import type { WorkerConfig } from '../../aws-worker/config.ts';
import { findOssCredentials } from '../../aws-worker/connect-oss-credentials.ts';
import { connectStorage, type Storage } from '../../aws-worker/connect-storage.ts';
import type { FoundCredentials } from '../../aws-worker/credentials/credentials-json.ts';
import { createSqsClient } from '../../aws-worker/queue/sqs-client.ts';
import { inspectQueue, type QueueInspection } from '../../aws-worker/queue/sqs-queue-checks.ts';
import type { Environment } from '../../shared/environment.ts';
import { createLog, type Log } from '../../shared/log.ts';
import { type FunctionTarget, openFunctionTarget } from './function-target.ts';
import { type DoctorSeams, REAL_SEAMS } from './seams.ts';

export interface DoctorContext {
  readonly environment: Environment;
  readonly config: WorkerConfig;
  readonly seams: DoctorSeams;
  readonly storage: Storage;
  /** Storage of an item's own, which closes it: with other settings, or with a log that it reads. */
  readonly openStorage: (own: { readonly config?: WorkerConfig; readonly log?: Log }) => Storage;
  readonly sqs: ReturnType<typeof createSqsClient>;
  /** What OSS is read with, by every storage; looked up once. */
  ossKey(signal: AbortSignal): Promise<FoundCredentials>;
  /** The first objects that OSS_PREFIX covers; asked for once. */
  sample(signal: AbortSignal): Promise<ListedPage>;
  /** Of the queue for live events; asked for once. */
  liveQueue(signal: AbortSignal): Promise<QueueInspection>;
  /** The deployed function; only with `--function`. */
  target(): Promise<FunctionTarget>;
  close(): Promise<void>;
}

export const SAMPLE_OBJECTS = 100;
const silent = createLog({ level: 'silent' });

export function openDoctorContext(options: {
  readonly environment: Environment;
  readonly config: WorkerConfig;
  readonly functionName: string | undefined;
  readonly seams?: Partial<DoctorSeams>;
}): DoctorContext {
  const { environment, config, functionName = '' } = options;
  const seams = { ...REAL_SEAMS, ...options.seams };
  const ossKey = once((signal: AbortSignal) => findOssCredentials(config.oss.credentials, signal));
  const closing = new AbortController();
  const ossCredentials = async () => (await ossKey(closing.signal)).credentials;
  const openStorage: DoctorContext['openStorage'] = own =>
    connectStorage(own.config ?? config, own.log ?? silent, { ossCredentials });
  const storage = openStorage({});
  const { region, endpoint, queueUrl, deadLetterQueueUrl } = config.sqs;
  const sqs = createSqsClient({ region, ...(endpoint === undefined ? {} : { endpoint }) });
  const given = deadLetterQueueUrl === undefined ? {} : { deadLetterQueueUrl };
  return {
    environment,
    config,
    seams,
    storage,
    openStorage,
    sqs,
    ossKey,
    sample: once(signal =>
      storage.listing.list({ prefix: config.oss.prefix, startAfter: '', limit: SAMPLE_OBJECTS, signal }),
    ),
    liveQueue: once(signal => inspectQueue({ client: sqs, queueUrl, signal, ...given })),
    target: once(() => openFunctionTarget({ environment, config, functionName, baseUrl: seams.fcBaseUrl })),
    close: async () => {
      closing.abort();
      sqs.destroy();
      await storage.close();
    },
  };
}

/** What the first caller got, failure included: those who ask again run only where the first succeeded. */
function once<Given extends readonly unknown[], T>(
  make: (...given: Given) => Promise<T>,
): (...given: Given) => Promise<T> {
  let made: Promise<T> | undefined;
  return (...given) => {
    made ??= make(...given);
    return made;
  };
}
