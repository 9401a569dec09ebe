// OSS signature version 1 (HMAC-SHA1), in the Authorization header or in the URL:
// https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header
// https://www.alibabacloud.com/help/en/oss/developer-reference/add-signatures-to-urls
// Text is handled as Latin-1, one character a byte, as Node shows headers; the key's bytes are its UTF-8.

import { createHmac } from 'node:crypto';
import { toHeader } from './header-text.ts';
import { canonicalHeader, type SignedRequest } from './signed-request.ts';

/** Query parameters that are part of the resource; others (prefix, marker, max-keys, …) are not signed. */
const SIGNED_PARAMETERS = new Set(
  `acl append asyncFetch bucketInfo callback callback-var cloudboxes cname comp continuation-token cors delete encryption
  endTime img inventory inventoryId lifecycle live location logging objectMeta partNumber policy position qos referer regionList
  replication replicationLocation replicationProgress requestPayment response-cache-control response-content-disposition
  response-content-encoding response-content-language response-content-type response-expires restore security-token sequential
  startTime stat status style styleName symlink tagging uploadId uploads versionId versioning versions vod website worm wormExtend
  wormId`.split(/\s+/),
);

/** What both sides sign. `date` is the Date header's text, or the URL's expiry in seconds since 1970. */
export function stringToSignV1(request: SignedRequest, date: string): string {
  const ossHeaders = Object.keys(request.headers)
    .filter(name => name.startsWith('x-oss-'))
    .sort()
    .map(name => `${name}:${canonicalHeader(request, name)}\n`);
  return [
    request.method,
    canonicalHeader(request, 'content-md5'),
    canonicalHeader(request, 'content-type'),
    date,
    ossHeaders.join('') + canonicalResource(request),
  ].join('\n');
}

function canonicalResource(request: SignedRequest): string {
  const path = request.bucket === undefined ? '/' : `/${request.bucket}/${toHeader(request.key)}`;
  const parameters = [...request.query]
    .filter(([name]) => SIGNED_PARAMETERS.has(name) || name.startsWith('x-oss-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${toHeader(value)}`));
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
}

export function signV1(accessKeySecret: string, stringToSign: string): string {
  return createHmac('sha1', accessKeySecret).update(stringToSign, 'latin1').digest('base64');
}
