// Reads the body of an answered GET into a caller's buffer. A body that breaks is continued where it broke by a ranged GET that is pinned
// to the same ETag, so the buffer holds one version or nothing. Memory: the target, and what the socket has buffered (64 KiB a read).

import { BridgeError, hasCode } from '../../shared/bridge-error.ts';
import { KIBIBYTE } from '../../shared/limits.ts';
import type { Log } from '../../shared/log.ts';
import type { OpenedObject, SourceObject } from '../transfer/object-source.ts';
import type { OssClient } from './oss-client.ts';
import { SOURCE_MISSING } from './oss-error-codes.ts';
import { translateNetworkError } from './oss-network-errors.ts';
import { badAnswer, readSourceObject } from './oss-object.ts';
import { checkRange, rangeHeaders } from './oss-range.ts';
import { isWorthRepeating, waitBeforeRepeating } from './oss-retry.ts';
import type { OssAnswer } from './oss-transport.ts';

export interface OssBodyOptions {
  readonly client: OssClient;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly object: SourceObject;
  readonly answer: OssAnswer;
  readonly lengthBytes: number;
  /** Where the body begins in the object. */
  readonly start: number;
}

export function openBody(options: OssBodyOptions): OpenedObject {
  const { object, lengthBytes, answer } = options;
  return {
    object,
    lengthBytes,
    readInto: (target, onBytes) => readInto(options, target, onBytes),
    discard: () => {
      answer.body.destroy();
    },
  };
}

/** A connection that brings as much is worth another one, however many it takes: some paths cut each after so many bytes. */
const PROGRESS_BYTES = 256 * KIBIBYTE;

async function readInto(options: OssBodyOptions, target: Buffer, onBytes: (bytes: Buffer) => void): Promise<void> {
  const { client, log, signal, object, lengthBytes } = options;
  if (target.length < lengthBytes) {
    options.answer.body.destroy();
    throw new RangeError(`A body of ${lengthBytes} bytes does not fit into a buffer of ${target.length}.`);
  }
  const progress = { offset: 0 };
  let answer: OssAnswer | undefined = options.answer;
  let failedAt = 0;
  for (let failures = 0; ; failures++) {
    try {
      answer ??= await continueAt(options, progress.offset);
      await drain(answer, { ...options, target, onBytes, progress });
      return;
    } catch (error) {
      answer?.body.destroy();
      answer = undefined;
      // An outcome of its own only where the object is looked for from the beginning.
      if (hasCode(error, SOURCE_MISSING)) throw changedMidway(object.key);
      if (!isWorthRepeating(error)) throw error;
      if (progress.offset - failedAt >= PROGRESS_BYTES) failures = 0;
      failedAt = progress.offset;
      if (failures >= client.retry.attempts) throw error;
      await waitBeforeRepeating(error, failures, { retry: client.retry, log, signal });
      if (progress.offset === lengthBytes) return;
    }
  }
}

interface Draining extends OssBodyOptions {
  readonly target: Buffer;
  readonly onBytes: (bytes: Buffer) => void;
  readonly progress: { offset: number };
}

/** Slower than this a connection is not worth holding memory for; another may be better. */
const FLOOR_BYTES_PER_MILLISECOND = 4;

/** @throws BridgeError for a body that breaks; what `onBytes` throws */
async function drain(answer: OssAnswer, draining: Draining): Promise<void> {
  const { client, signal, object, lengthBytes, target, onBytes, progress } = draining;
  const pieces = answer.body[Symbol.asyncIterator]();
  const { trickleMilliseconds } = client.timeouts;
  // Without the pauses that are ours: a rate limit, a busy consumer.
  let waitedMilliseconds = 0;
  let received = 0;
  for (;;) {
    const askedAt = performance.now();
    let next: IteratorResult<Buffer>;
    try {
      next = await pieces.next();
    } catch (error) {
      throw translateNetworkError({ error, key: object.key, signal });
    }
    if (next.done === true) break;
    const piece = next.value;
    waitedMilliseconds += performance.now() - askedAt;
    received += piece.length;
    if (waitedMilliseconds > trickleMilliseconds + received / FLOOR_BYTES_PER_MILLISECOND) throw trickles(object.key);
    // undici hands on empty pieces after a pause.
    if (piece.length === 0) continue;
    if (progress.offset + piece.length > lengthBytes) throw badAnswer(object.key, 'has more bytes than it said');
    const end = progress.offset + piece.copy(target, progress.offset);
    onBytes(target.subarray(progress.offset, end));
    progress.offset = end;
    await client.limits.bytes(piece.length, signal);
  }
  if (progress.offset < lengthBytes) throw badAnswer(object.key, 'has fewer bytes than it said');
}

function trickles(key: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'source-unreachable',
    message: 'The body of an object came so slowly that it would hardly end; it is continued on another connection.',
    key,
  });
}

async function continueAt(options: OssBodyOptions, offset: number): Promise<OssAnswer> {
  const { client, signal, object, start, lengthBytes } = options;
  const range = { start: start + offset, end: start + lengthBytes };
  const answer = await client.sendOnce({
    method: 'GET',
    key: object.key,
    headers: { ...rangeHeaders(range), 'if-match': `"${object.etag}"` },
    signal,
  });
  try {
    const { sizeBytes } = checkRange(object.key, answer, range);
    const now = readSourceObject(object.key, answer.headers, sizeBytes);
    if (now.etag === object.etag && now.crc64 === object.crc64 && now.sizeBytes === object.sizeBytes) return answer;
  } catch (error) {
    answer.body.destroy();
    throw error;
  }
  answer.body.destroy();
  throw changedMidway(object.key);
}

function changedMidway(key: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'source-changed',
    message: 'The object was overwritten or removed while it was being read; it is looked at again.',
    key,
  });
}
