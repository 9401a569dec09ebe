// Signature Version 4 as a server computes it: from the request that arrived, not from what the client meant. The path is encoded
// again from the decoded key, once and never normalised, as S3 does; a client that leaves a reserved character bare therefore
// fails here as it would there.
// https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sig-v4-header-based-auth.html

import { createHash, createHmac } from 'node:crypto';
import type { RequestTarget } from './request-target.ts';

export const SIGNING_ALGORITHM = 'AWS4-HMAC-SHA256';

export interface SigningScope {
  /** YYYYMMDD */
  readonly day: string;
  readonly region: string;
}

export interface CanonicalParts {
  readonly method: string;
  readonly target: RequestTarget;
  /** Name and raw value (one character a byte) of each header, in the order in which they came. */
  readonly rawHeaders: readonly string[];
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
}

/** RFC 3986: all but unreserved characters, byte by byte. */
function encodeAll(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function canonicalQuery(target: RequestTarget): string {
  return target.query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeAll(name), encodeAll(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function headerLine(rawHeaders: readonly string[], name: string): string {
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== name) continue;
    values.push((rawHeaders[index + 1] ?? '').trim().replace(/ +/g, ' '));
  }
  return `${name}:${values.join(',')}\n`;
}

/** One character a byte, so that headers with raw UTF-8 are hashed as they came. */
export function canonicalRequest(parts: CanonicalParts): string {
  return [
    parts.method,
    parts.target.path.split('/').map(encodeAll).join('/'),
    canonicalQuery(parts.target),
    parts.signedHeaders.map(name => headerLine(parts.rawHeaders, name)).join(''),
    parts.signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n');
}

export function stringToSign(options: { canonical: string; timestamp: string; scope: SigningScope }): string {
  const { canonical, timestamp, scope } = options;
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
  return [SIGNING_ALGORITHM, timestamp, `${scope.day}/${scope.region}/s3/aws4_request`, hash].join('\n');
}

export function signatureOf(text: string, secretAccessKey: string, scope: SigningScope): string {
  const steps = [scope.day, scope.region, 's3', 'aws4_request'];
  const key = steps.reduce<string | Buffer>(
    (secret, step) => createHmac('sha256', secret).update(step).digest(),
    `AWS4${secretAccessKey}`,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

/** `20260102T030405Z` as a date; undefined when it isn't one. */
export function readTimestamp(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
