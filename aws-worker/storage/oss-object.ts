// The headers of one answer -> SourceObject. Strict where a wrong reading could lose or damage data, tolerant of what OSS leaves out.

import { BridgeError } from '../../shared/bridge-error.ts';
import type { CarriedHeaders, SourceObject, SourceObjectType } from '../transfer/object-source.ts';
import { headerText, headerValue, type OssHeaders } from './oss-headers.ts';

const META_PREFIX = 'x-oss-meta-';
const CRC64_MAX = (1n << 64n) - 1n;
const TYPES: readonly SourceObjectType[] = ['Normal', 'Multipart', 'Appendable', 'Symlink'];

/** `sizeBytes` of the whole object, which a range's Content-Length is not. @throws BridgeError retryable `source-bad-answer` */
export function readSourceObject(key: string, headers: OssHeaders, sizeBytes: number): SourceObject {
  const etag = unquote(headerValue(headers, 'etag') ?? '');
  if (etag === '') throw badAnswer(key, 'has no ETag');
  // What compresses on the way says so: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.3
  if (etag.startsWith('W/')) throw badAnswer(key, 'has a weak ETag, so that its bytes are not those of OSS');
  const lastModified = headerValue(headers, 'last-modified') ?? '';
  if (Number.isNaN(Date.parse(lastModified))) throw badAnswer(key, 'has no valid Last-Modified');
  return {
    key,
    sizeBytes,
    etag,
    lastModified,
    crc64: readCrc64(key, headers),
    type: readType(headers),
    headers: readCarriedHeaders(headers),
    metadata: readMetadata(headers),
    tagCount: readCount(headerValue(headers, 'x-oss-tagging-count')) ?? 0,
    storageClass: headerValue(headers, 'x-oss-storage-class') ?? 'Standard',
  };
}

/** @throws BridgeError retryable `source-bad-answer` where it is missing: a proxy that re-encodes sends none */
export function readContentLength(key: string, headers: OssHeaders): number {
  const length = readCount(headerValue(headers, 'content-length'));
  if (length === undefined) throw badAnswer(key, 'has no valid Content-Length');
  return length;
}

/** An answer that OSS does not give: a broken proxy, or an answer cut short. */
export function badAnswer(key: string | undefined, fault: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'source-bad-answer',
    message: `The source's answer ${fault}. If it happens again and again, something between this machine and OSS changes answers: check OSS_ENDPOINT and proxies.`,
    ...(key === undefined ? {} : { key }),
  });
}

export function unquote(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

function readCount(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : undefined;
}

function readCrc64(key: string, headers: OssHeaders): bigint | undefined {
  const text = headerValue(headers, 'x-oss-hash-crc64ecma');
  if (text === undefined || text === '') return undefined;
  const crc64 = /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  if (crc64 === undefined || crc64 > CRC64_MAX) throw badAnswer(key, 'has an x-oss-hash-crc64ecma that is no CRC-64');
  return crc64;
}

/** A type that we do not know is read as Multipart, of whose ETag nothing is assumed. */
function readType(headers: OssHeaders): SourceObjectType {
  const name = headerValue(headers, 'x-oss-object-type');
  return TYPES.find(type => type === name) ?? 'Multipart';
}

function readCarriedHeaders(headers: OssHeaders): CarriedHeaders {
  const text = (name: string) => {
    const value = headerValue(headers, name);
    return value === undefined || value === '' ? undefined : headerText(value);
  };
  const carried: Record<keyof CarriedHeaders, string | undefined> = {
    contentType: text('content-type'),
    cacheControl: text('cache-control'),
    contentEncoding: text('content-encoding'),
    contentLanguage: text('content-language'),
    contentDisposition: isForcedDownload(headers) ? undefined : text('content-disposition'),
    expires: text('expires'),
  };
  return Object.fromEntries(Object.entries(carried).filter(([, value]) => value !== undefined));
}

/**
 * On its default domains OSS makes browsers download instead of show. That header is the domain's, not the object's.
 * https://www.alibabacloud.com/help/en/oss/user-guide/map-custom-domain-names-5
 */
function isForcedDownload(headers: OssHeaders): boolean {
  return (
    headerValue(headers, 'x-oss-force-download')?.toLowerCase() === 'true' &&
    headerValue(headers, 'content-disposition')?.trim().toLowerCase() === 'attachment'
  );
}

function readMetadata(headers: OssHeaders): Record<string, string> {
  const names = Object.keys(headers).filter(name => name.startsWith(META_PREFIX));
  return Object.fromEntries(
    names.map(name => [name.slice(META_PREFIX.length), headerText(headerValue(headers, name) ?? '')]),
  );
}
