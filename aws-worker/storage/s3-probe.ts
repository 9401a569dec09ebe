// Before the first object is moved: does this bucket, with these credentials and settings, do what the product's guarantees rest on? A server
// that takes `If-Match` and ignores it, or a checksum and does not check it, would look well until two workers meet. Everything that the
// worker will ever do is tried once, so that a permission that is missing shows at start and by name.
// It costs about ten requests and leaves nothing, unless deleting is not allowed.

import { randomUUID } from 'node:crypto';
import { BridgeError, hasCode } from '../../shared/bridge-error.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import type { Log } from '../../shared/log.ts';
import type {
  MultipartUpload,
  ObjectDescription,
  ObjectDestination,
  WriteCondition,
} from '../transfer/object-destination.ts';

export interface ProbeRequest {
  readonly destination: ObjectDestination;
  readonly remove: (key: string, signal: AbortSignal) => Promise<void>;
  readonly bucket: string;
  readonly prefix: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export const PROBE_BODY = Buffer.from('oss-s3-bridge probe\n');
const EMPTY: WriteCondition = { kind: 'empty' };
const HASH_CHARACTERS = 22;
/** The same answer awaits a DELETE. */
const NOTHING_STORED = [
  'destination-region',
  'destination-credentials',
  'destination-bucket-missing',
  'destination-unavailable',
];
/** An upload may have been created whose id never arrived. */
const UPLOAD_IN_DOUBT = ['cancelled', 'destination-unknown'];
const CLEANUP_MILLISECONDS = 10_000;
const NO_SUCH_ETAG = '00000000000000000000000000000000';

export async function probeS3Destination(request: ProbeRequest): Promise<void> {
  await onProbeKey(request, key => probePut(request, key).then(() => probeMultipart(request, key)));
}

/** Tries something on a key of its own, and removes what is left there, whatever became of it. */
export async function onProbeKey(request: ProbeRequest, attempt: (key: string) => Promise<void>): Promise<void> {
  const key = `${request.prefix}.oss-s3-bridge-probe-${randomUUID()}`;
  const [trial] = await Promise.allSettled([attempt(key)]);
  const hasObject = trial.status === 'fulfilled' || !hasCode(trial.reason, ...NOTHING_STORED);
  const isInDoubt = trial.status === 'rejected' && hasCode(trial.reason, ...UPLOAD_IN_DOUBT);
  await Promise.all([
    hasObject ? removeProbe(request, key) : undefined,
    isInDoubt ? abortUnknownUploads(request, key) : undefined,
  ]);
  if (trial.status === 'rejected') throw trial.reason;
}

/** A PUT comes before the first HEAD: its error has a body that says what is wrong. */
async function probePut({ destination, bucket, signal }: ProbeRequest, key: string): Promise<void> {
  const description = probeDescription(key);
  const put = (condition: WriteCondition, checksum = crc32(PROBE_BODY)): Promise<{ readonly etag: string }> =>
    destination.put({ key, body: PROBE_BODY, crc32: checksum, condition, description, signal });

  await mustFail(
    put(EMPTY, (crc32(PROBE_BODY) ^ 1) >>> 0),
    ['destination-checksum-mismatch'],
    ignoresChecksums(bucket),
  );
  await destination.head(key, { signal });
  const { etag } = await put(EMPTY);
  await mustFail(put(EMPTY), ['destination-changed'], ignoresConditions(bucket, 'If-None-Match on PutObject'));
  const wrong: WriteCondition = { kind: 'etag', etag: NO_SUCH_ETAG };
  await mustFail(put(wrong), ['destination-changed'], ignoresConditions(bucket, 'If-Match on PutObject'));
  await put({ kind: 'etag', etag });

  const found = await destination.head(key, { signal });
  if (JSON.stringify(found?.record) !== JSON.stringify(description.record)) throw losesMetadata(bucket);
}

async function probeMultipart(request: ProbeRequest, key: string): Promise<void> {
  await onProbeUpload(request, key, upload => probeUpload(request, upload));
}

/** Tries something on an upload, and aborts what is left of it, whatever became of it. */
export async function onProbeUpload(
  { destination, signal }: ProbeRequest,
  key: string,
  attempt: (upload: MultipartUpload) => Promise<void>,
): Promise<void> {
  const upload = await destination.createUpload({ key, description: probeDescription(key), signal });
  const [trial] = await Promise.allSettled([attempt(upload)]);
  // Not the caller's signal: a probe that was cancelled tidies up, too.
  const cleanup = AbortSignal.timeout(CLEANUP_MILLISECONDS);
  const [abort] = await Promise.allSettled([destination.abortUpload(upload, { signal: cleanup })]);
  for (const outcome of [trial, abort]) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

async function abortUnknownUploads({ destination, bucket, log }: ProbeRequest, key: string): Promise<void> {
  const cleanup = { signal: AbortSignal.timeout(CLEANUP_MILLISECONDS) };
  try {
    for (const upload of await destination.listUploads(key, cleanup)) await destination.abortUpload(upload, cleanup);
  } catch (error) {
    // What counts is why the probe ended; the bucket's lifecycle rule ends such uploads as well.
    log.warn('An upload of the probe may have stayed.', { bucket, destinationKey: key, error });
  }
}

/** The key has an object by now, so completing must fail. */
async function probeUpload({ destination, bucket, signal }: ProbeRequest, upload: MultipartUpload): Promise<void> {
  await destination.uploadPart({ upload, partNumber: 1, body: PROBE_BODY, crc32: crc32(PROBE_BODY), signal });
  const parts = await destination.listParts(upload, { signal });
  await destination.listUploads(upload.key, { signal });
  const whole = { upload, parts, sizeBytes: PROBE_BODY.length, crc32: crc32(PROBE_BODY), condition: EMPTY, signal };
  const ignored = ignoresConditions(bucket, 'If-None-Match on CompleteMultipartUpload');
  await mustFail(destination.completeUpload(whole), ['destination-changed'], ignored);
}

/** @throws `otherwise` when it succeeds, or when the server does not know the header at all */
async function mustFail(attempt: Promise<unknown>, codes: readonly string[], otherwise: BridgeError): Promise<void> {
  try {
    await attempt;
  } catch (error) {
    if (hasCode(error, ...codes)) return;
    throw hasCode(error, 'destination-not-supported') ? otherwise : error;
  }
  throw otherwise;
}

async function removeProbe({ remove, bucket, log }: ProbeRequest, key: string): Promise<void> {
  try {
    // Not the caller's signal: a probe that was cancelled tidies up, too.
    await remove(key, AbortSignal.timeout(CLEANUP_MILLISECONDS));
  } catch (error) {
    // Whether the probe passed does not depend on it; the object has 20 bytes.
    log.warn('The probe object could not be deleted and stays. Allow s3:DeleteObject on it, or delete it by hand.', {
      bucket,
      destinationKey: key,
      error,
    });
  }
}

/** Carries no tags: they need a permission that not every worker needs. */
export function probeDescription(key: string): ObjectDescription {
  return {
    headers: { contentType: 'text/plain' },
    metadata: {},
    tags: {},
    record: {
      etag: NO_SUCH_ETAG,
      lastModified: 'Thu, 01 Jan 1970 00:00:00 GMT',
      crc64: '0',
      crc32: undefined,
      metadataHash: key.slice(-HASH_CHARACTERS),
      backfill: 'probe',
    },
  };
}

function ignoresConditions(bucket: string, what: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'destination-ignores-conditions',
    message: `The server of bucket ${bucket} does not enforce ${what}, so an older version could overwrite a newer one. Use Amazon S3, or a server that enforces conditional writes (versitygw 1.8 does).`,
  });
}

function ignoresChecksums(bucket: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'destination-ignores-checksums',
    message: `The server of bucket ${bucket} stored bytes that do not match x-amz-checksum-crc32, so copies could not be proven. Use Amazon S3, or a server that verifies checksums.`,
  });
}

export function losesMetadata(bucket: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'destination-loses-metadata',
    message: `The server of bucket ${bucket} does not give user metadata back as it was put, so the bridge could not tell what it has copied.`,
  });
}
