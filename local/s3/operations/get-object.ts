// GetObject and HeadObject: the same answer, with and without its body.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html

import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StoredObject } from '../../store/object-store.ts';
import { readByteRange } from '../byte-range.ts';
import { encodeHeader } from '../header-text.ts';
import { checksumHeaders, objectHeaders } from '../object-details.ts';
import { evaluateRead, readConditions } from '../preconditions.ts';
import { headerOf, type ObjectCall, queryOf } from '../s3-call.ts';
import { noBytesKept, S3Error } from '../s3-error.ts';

const OVERRIDABLE = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
/** They have to be restored before they can be read. */
const ARCHIVED = new Set(['GLACIER', 'DEEP_ARCHIVE']);

function overrides(call: ObjectCall): OutgoingHttpHeaders {
  const pairs = OVERRIDABLE.flatMap(name => {
    const value = queryOf(call, `response-${name}`);
    return value === undefined ? [] : [[name, encodeHeader(value)]];
  });
  return Object.fromEntries(pairs);
}

/** Throws NoSuchKey. */
export async function findObject(call: ObjectCall): Promise<StoredObject> {
  const object = await call.store.find(call.key);
  if (object === undefined) throw new S3Error('NoSuchKey', { details: { Key: call.key } });
  return object;
}

function checkConditions(call: ObjectCall, object: StoredObject): void {
  const verdict = evaluateRead(object, readConditions(call));
  if (verdict === 'failed') throw new S3Error('PreconditionFailed');
  if (verdict === 'ok') return;
  const headers = { etag: `"${object.etag}"`, 'last-modified': object.lastModified.toUTCString() };
  throw new S3Error('NotModified', { headers });
}

async function answer(call: ObjectCall, options: { withBody: boolean }): Promise<void> {
  const object = await findObject(call);
  checkConditions(call, object);
  const storageClass = object.attributes['storage-class'] ?? 'STANDARD';
  if (options.withBody && ARCHIVED.has(storageClass)) {
    throw new S3Error('InvalidObjectState', { details: { StorageClass: storageClass } });
  }
  const range = readByteRange(headerOf(call, 'range'), object.sizeBytes);
  if (range === 'unsatisfiable') {
    throw new S3Error('InvalidRange', {
      details: { RangeRequested: headerOf(call, 'range') ?? '', ActualObjectSize: String(object.sizeBytes) },
      headers: { 'content-range': `bytes */${object.sizeBytes}` },
    });
  }
  const { start, end } = range ?? { start: 0, end: object.sizeBytes };
  const hasBody = options.withBody && start < end;
  if (hasBody && call.store.keepsBytes === false) throw noBytesKept();
  // A range has no checksum of its own.
  const withChecksum = range === undefined && headerOf(call, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  call.response.writeHead(range === undefined ? 200 : 206, {
    ...objectHeaders(object),
    ...overrides(call),
    ...(withChecksum ? checksumHeaders(object.attributes) : {}),
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${object.sizeBytes}` }),
    'content-length': end - start,
  });
  if (!hasBody) {
    call.response.end();
    return;
  }
  await pipeline(
    Readable.from(call.store.read(object, { start, end }), { objectMode: true, highWaterMark: 1 }),
    call.response,
  );
}

export function getObject(call: ObjectCall): Promise<void> {
  return answer(call, { withBody: true });
}

export function headObject(call: ObjectCall): Promise<void> {
  return answer(call, { withBody: false });
}
