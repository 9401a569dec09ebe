// An object's headers and metadata: read off the request that writes it, and put on the response that returns it.
// https://www.alibabacloud.com/help/en/oss/user-guide/manage-object-metadata-10

import type { IncomingHttpHeaders } from 'node:http';
import type { StoredObject } from '../store/object-store.ts';
import { fromHeader, percentDecode, toHeader } from './header-text.ts';
import { invalidArgument, OssError } from './oss-error.ts';

const KEPT_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
const META_PREFIX = 'x-oss-meta-';
/** All of an object's metadata, names and values. */
const MAX_METADATA_BYTES = 8 * 1024;
/** https://www.alibabacloud.com/help/en/oss/user-guide/object-tagging-8 */
const MAX_TAGS = 10;
const STORAGE_CLASSES = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'];

export interface WrittenDetails {
  readonly headers: Record<string, string>;
  readonly metadata: Record<string, string>;
  readonly tags: Record<string, string>;
  /** `storage-class`, unless it is the default one. */
  readonly attributes: Record<string, string>;
}

/** Throws OssError 400 for metadata over 8 KiB, an unknown storage class, bad tags, and for chunked S3 signatures. */
export function readDetails(request: IncomingHttpHeaders): WrittenDetails {
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = request[name];
    if (typeof value === 'string' && value !== '') headers[name] = fromHeader(value);
  }
  headers['content-type'] ??= 'application/octet-stream';
  if (headers['content-encoding']?.includes('aws-chunked')) {
    throw invalidArgument('Content-Encoding', 'aws-chunked', 'aws-chunked encoding is not supported.');
  }
  const metadata: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(request)) {
    if (!name.startsWith(META_PREFIX) || typeof value !== 'string') continue;
    metadata[name.slice(META_PREFIX.length)] = fromHeader(value);
    metadataBytes += name.length + value.length;
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw invalidArgument(
      'x-oss-meta',
      String(metadataBytes),
      'The size of user metadata exceeds the maximum allowed size.',
    );
  }
  return { headers, metadata, tags: readTags(request['x-oss-tagging']), attributes: readStorageClass(request) };
}

function readStorageClass(request: IncomingHttpHeaders): Record<string, string> {
  const storageClass = request['x-oss-storage-class'];
  if (typeof storageClass !== 'string' || storageClass === 'Standard') return {};
  if (STORAGE_CLASSES.includes(storageClass)) return { 'storage-class': storageClass };
  throw invalidArgument('x-oss-storage-class', storageClass, 'The storage class is not valid.');
}

function readTags(value: string | string[] | undefined): Record<string, string> {
  const tags: Record<string, string> = {};
  if (typeof value !== 'string') return tags;
  for (const pair of value.split('&')) {
    if (pair === '') continue;
    const [name = '', text = ''] = pair.split('=').map(part => percentDecode(part.replaceAll('+', ' ')));
    tags[name] = text;
  }
  checkTags(tags);
  return tags;
}

/** Throws OssError 400 InvalidTag: more than 10 tags, a key of 0 or over 128 characters, a value over 256. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  const isFine =
    entries.length <= MAX_TAGS &&
    entries.every(([key, value]) => key.length >= 1 && key.length <= 128 && value.length <= 256);
  if (!isFine) throw new OssError({ status: 400, code: 'InvalidTag', message: 'The tagging is not valid.' });
}

/** ETags go out upper-case, whichever side stored the object. Without quotes. */
export function etagOf(object: { readonly etag: string }): string {
  return object.etag.toUpperCase();
}

/** What GET and HEAD say of an object, but its length. Header values are ready for Node. */
export function objectHeaders(object: StoredObject): Record<string, string> {
  const { attributes } = object;
  const headers: Record<string, string> = {
    ETag: `"${etagOf(object)}"`,
    'Last-Modified': object.lastModified.toUTCString(),
    'Accept-Ranges': 'bytes',
    'x-oss-object-type': attributes.type ?? 'Normal',
    'x-oss-storage-class': attributes['storage-class'] ?? 'Standard',
  };
  for (const [name, value] of Object.entries(object.headers)) headers[name] = toHeader(value);
  for (const [name, value] of Object.entries(object.metadata)) headers[META_PREFIX + name] = toHeader(value);
  headers['content-type'] ??= 'application/octet-stream';
  if (attributes.crc64 !== undefined) headers['x-oss-hash-crc64ecma'] = attributes.crc64;
  if (attributes['content-md5'] !== undefined) headers['Content-MD5'] = attributes['content-md5'];
  if (attributes['next-append-position'] !== undefined) {
    headers['x-oss-next-append-position'] = attributes['next-append-position'];
  }
  const tagCount = Object.keys(object.tags).length;
  if (tagCount > 0) headers['x-oss-tagging-count'] = String(tagCount);
  return headers;
}
