// GetObject, HeadObject and GetObjectMeta. https://www.alibabacloud.com/help/en/oss/developer-reference/getobject

import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ObjectStore, StoredObject } from '../store/object-store.ts';
import { decideRange } from './byte-range.ts';
import { checkConditions } from './check-conditions.ts';
import { toHeader } from './header-text.ts';
import { etagOf, objectHeaders } from './object-headers.ts';
import { noSuchKey, OssError, preconditionFailed } from './oss-error.ts';
import { type Exchange, header } from './oss-exchange.ts';
import { sendBody } from './send-body.ts';
import { noBytes } from './stage-bytes.ts';
import { requireReadable, restoreText } from './storage-state.ts';

const OVERRIDES: Readonly<Record<string, string>> = {
  'response-content-type': 'content-type',
  'response-content-language': 'content-language',
  'response-expires': 'expires',
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
};
/** Only bodies of these types and at least this long are compressed for a client that accepts gzip. */
const GZIP_TYPES =
  /^(text\/(cache-manifest|xml|plain|css|html)|application\/(javascript|x-javascript|rss\+xml|json|xml))\b/;
const GZIP_MIN_BYTES = 1024;

interface ReadTarget {
  /** What the body is read from: the object, or what a symlink points at. */
  readonly content: StoredObject;
  readonly headers: Record<string, string>;
  readonly lastModified: Date;
}

export async function getObject(exchange: Exchange): Promise<void> {
  const target = await findTarget(exchange);
  requireReadable(target.content, exchange.now());
  if (answersCondition(exchange, target)) return;
  const { content, headers } = target;
  if (shouldCompress(exchange, target)) return sendCompressed(exchange, target);
  const isStandard = header(exchange, 'x-oss-range-behavior') === 'standard';
  const range = decideRange({ range: header(exchange, 'range'), sizeBytes: content.sizeBytes, isStandard });
  if (range.kind === 'unsatisfiable') {
    throw new OssError({
      status: 416,
      code: 'InvalidRange',
      message: 'The requested range cannot be satisfied.',
      headers: { 'Content-Range': `bytes */${content.sizeBytes}` },
    });
  }
  const { start, end } = range.kind === 'part' ? range : { start: 0, end: content.sizeBytes };
  headers['Content-Length'] = String(end - start);
  if (range.kind === 'part') headers['Content-Range'] = `bytes ${start}-${end - 1}/${content.sizeBytes}`;
  exchange.response.writeHead(range.kind === 'part' ? 206 : 200, headers);
  const body = start === end ? noBytes() : exchange.store.read(content, { start, end });
  await sendBody(exchange.response, { sizeBytes: end - start, body });
}

export async function headObject(exchange: Exchange): Promise<void> {
  const target = await findTarget(exchange);
  if (answersCondition(exchange, target)) return;
  exchange.response.writeHead(200, { ...target.headers, 'Content-Length': String(target.content.sizeBytes) });
  exchange.response.end();
}

/** The little that costs nothing; of a symlink it tells of the link itself. */
export async function getObjectMeta(exchange: Exchange): Promise<void> {
  const object = await requireObject(exchange.store, exchange.key);
  const crc64 = object.attributes.crc64;
  exchange.response.writeHead(200, {
    ETag: `"${etagOf(object)}"`,
    'Last-Modified': object.lastModified.toUTCString(),
    'Content-Length': exchange.request.method === 'HEAD' ? String(object.sizeBytes) : '0',
    ...(crc64 === undefined ? {} : { 'x-oss-hash-crc64ecma': crc64 }),
  });
  exchange.response.end();
}

/** Throws OssError 404 NoSuchKey. */
export async function requireObject(store: ObjectStore, key: string): Promise<StoredObject> {
  const object = await store.find(key);
  if (object === undefined) throw noSuchKey(key);
  return object;
}

/**
 * The object, or the target of a symlink under the link's own headers. Throws OssError 404 SymlinkTargetNotExist, 400 InvalidTargetType.
 * https://www.alibabacloud.com/help/en/oss/developer-reference/getobject says which headers come from which of the two.
 */
async function findTarget(exchange: Exchange): Promise<ReadTarget> {
  const object = await requireObject(exchange.store, exchange.key);
  const name = object.attributes['symlink-target'];
  const headers = objectHeaders(object);
  for (const [parameter, field] of Object.entries(OVERRIDES)) {
    const value = exchange.query.get(parameter);
    if (value !== undefined && value !== '') headers[field] = toHeader(value);
  }
  if (object.attributes.type !== 'Symlink' || name === undefined) {
    const restore = restoreText(object, exchange.now());
    if (restore !== undefined) headers['x-oss-restore'] = restore;
    return { content: object, headers, lastModified: object.lastModified };
  }
  const content = await exchange.store.find(name);
  if (content === undefined) {
    const message = 'The target object you specified does not exist.';
    throw new OssError({ status: 404, code: 'SymlinkTargetNotExist', message, elements: { Key: exchange.key } });
  }
  if (content.attributes.type === 'Symlink') {
    const message = 'The target object of the symbolic link is a symbolic link.';
    throw new OssError({ status: 400, code: 'InvalidTargetType', message, elements: { Key: exchange.key } });
  }
  const lastModified = content.lastModified > object.lastModified ? content.lastModified : object.lastModified;
  headers.ETag = `"${etagOf(content)}"`;
  headers['Last-Modified'] = lastModified.toUTCString();
  const { crc64, 'content-md5': contentMd5 } = content.attributes;
  delete headers['x-oss-hash-crc64ecma'];
  delete headers['Content-MD5'];
  if (crc64 !== undefined) headers['x-oss-hash-crc64ecma'] = crc64;
  if (contentMd5 !== undefined) headers['Content-MD5'] = contentMd5;
  return { content, headers, lastModified };
}

/** True when it has answered 304. Throws OssError 412. */
function answersCondition(exchange: Exchange, { content, headers, lastModified }: ReadTarget): boolean {
  const verdict = checkConditions(
    {
      ifMatch: header(exchange, 'if-match'),
      ifNoneMatch: header(exchange, 'if-none-match'),
      ifModifiedSince: header(exchange, 'if-modified-since'),
      ifUnmodifiedSince: header(exchange, 'if-unmodified-since'),
    },
    { etag: etagOf(content), lastModified },
  );
  if (verdict.kind === 'failed') throw preconditionFailed(verdict.condition);
  if (verdict.kind === 'pass') return false;
  exchange.response.writeHead(304, {
    ETag: headers.ETag ?? '',
    'Last-Modified': headers['Last-Modified'] ?? '',
  });
  exchange.response.end();
  return true;
}

function shouldCompress(exchange: Exchange, { content, headers }: ReadTarget): boolean {
  return (
    /\bgzip\b/.test(header(exchange, 'accept-encoding') ?? '') &&
    header(exchange, 'range') === undefined &&
    content.sizeBytes >= GZIP_MIN_BYTES &&
    headers['content-encoding'] === undefined &&
    GZIP_TYPES.test(headers['content-type'] ?? '')
  );
}

/** Compressed on the fly: chunked, and without the ETag and the length of the object. */
async function sendCompressed(exchange: Exchange, { content, headers }: ReadTarget): Promise<void> {
  const { ETag: _etag, 'Content-MD5': _md5, ...kept } = headers;
  exchange.response.writeHead(200, { ...kept, 'content-encoding': 'gzip', Vary: 'Accept-Encoding' });
  const body = exchange.store.read(content, { start: 0, end: content.sizeBytes });
  try {
    await pipeline(body, createGzip(), exchange.response);
  } catch {
    // The pipeline has destroyed the response: the client sees a broken connection, as it should.
  }
}
