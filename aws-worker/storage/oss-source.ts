// The port ObjectSource on Alibaba Cloud OSS. Objects and their headers are read with requests of our own, not with `ali-oss`: that
// resolves `.` and `..` in keys, takes leading slashes off, drops the XML of errors in streams, and costs more on the hot path.

import { BridgeError, hasCode } from '../../shared/bridge-error.ts';
import type { ObjectSource, OpenedObject, ReadOptions, SourceObject } from '../transfer/object-source.ts';
import { openBody } from './oss-body.ts';
import { createOssClient, type OssClient } from './oss-client.ts';
import { SOURCE_MISSING } from './oss-error-codes.ts';
import { badAnswer, readContentLength, readSourceObject } from './oss-object.ts';
import { checkRange, rangeHeaders } from './oss-range.ts';
import { retryRead } from './oss-retry.ts';
import type { OssSourceOptions } from './oss-source-options.ts';
import { parseTags, TAGS_MAX_BYTES } from './oss-tags.ts';
import { readWholeBody } from './oss-transport.ts';

export function createOssSource(options: OssSourceOptions): ObjectSource & { close(): Promise<void> } {
  const client = createOssClient(options);
  const repeated = <T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T | undefined> =>
    undefinedWhenMissing(retryRead(attempt, { retry: client.retry, log: options.log, signal }));
  return {
    head: (key, { signal }) => repeated(signal, () => head(client, key, signal)),
    open: (key, read) => repeated(read.signal, () => open(client, options, key, read)),
    tags: (key, { signal }) => repeated(signal, () => tags(client, key, signal)),
    close: () => client.close(),
  };
}

async function undefinedWhenMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (hasCode(error, SOURCE_MISSING)) return undefined;
    throw error;
  }
}

async function head(client: OssClient, key: string, signal: AbortSignal): Promise<SourceObject> {
  const answer = await client.sendOnce({ method: 'HEAD', key, signal }).catch(error => {
    // An error without an explanation: HEAD has no body, and not every answer has x-oss-err.
    if (hasCode(error, 'source-not-oss')) return explain(client, { key, signal });
    throw error;
  });
  await answer.body.dump();
  if (answer.status !== 200) throw badAnswer(key, `has status ${answer.status} for a HEAD`);
  return readSourceObject(key, answer.headers, readContentLength(key, answer.headers));
}

/** Asks for one byte to learn from the error's body what a HEAD could not say, a missing bucket from a missing object above all. */
async function explain(
  client: OssClient,
  { key, signal }: { readonly key: string; readonly signal: AbortSignal },
): Promise<never> {
  const answer = await client.sendOnce({ method: 'GET', key, headers: rangeHeaders({ start: 0, end: 1 }), signal });
  answer.body.destroy();
  throw badAnswer(key, 'to a HEAD was an error, that to the GET after it was none');
}

async function open(
  client: OssClient,
  { log }: OssSourceOptions,
  key: string,
  read: ReadOptions,
): Promise<OpenedObject> {
  const { signal, range, ifMatch } = read;
  const answer = await client.sendOnce({
    method: 'GET',
    key,
    headers: {
      ...(range === undefined ? {} : rangeHeaders(range)),
      ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    },
    signal,
  });
  try {
    const { lengthBytes, sizeBytes } = checkRange(key, answer, range);
    const object = readSourceObject(key, answer.headers, sizeBytes);
    // Something on the way may ignore the condition.
    if (ifMatch !== undefined && object.etag !== ifMatch) throw changedBetweenLooks(key);
    if (object.crc64 === undefined && object.headers.contentEncoding !== undefined) {
      await refuseEncodedOnTheWay(client, object, signal);
    }
    return openBody({ client, log, signal, object, answer, lengthBytes, start: range?.start ?? 0 });
  } catch (error) {
    answer.body.destroy();
    throw error;
  }
}

/**
 * A proxy that compresses takes the place of the object's own bytes, and a CRC-64 would tell; without one (very old or copied objects) the length
 * does, which a HEAD says of the bytes as they are stored. Costs a request for such objects alone.
 */
async function refuseEncodedOnTheWay(client: OssClient, object: SourceObject, signal: AbortSignal): Promise<void> {
  const stored = await head(client, object.key, signal);
  if (stored.etag !== object.etag) throw changedBetweenLooks(object.key);
  const isSame =
    stored.sizeBytes === object.sizeBytes && stored.headers.contentEncoding === object.headers.contentEncoding;
  if (!isSame) throw badAnswer(object.key, 'is encoded in another way than the object that OSS holds');
}

function changedBetweenLooks(key: string): BridgeError {
  const message = 'The object was overwritten while it was being read; it is read again.';
  return new BridgeError({ kind: 'retryable', code: 'source-changed', message, key });
}

async function tags(client: OssClient, key: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const answer = await client.sendOnce({ method: 'GET', key, query: { tagging: '' }, signal });
  const body = await readWholeBody(answer, {
    maxBytes: TAGS_MAX_BYTES,
    key,
    limits: client.limits,
    timeouts: client.timeouts,
    signal,
  });
  return parseTags(key, body.toString('utf8'));
}
