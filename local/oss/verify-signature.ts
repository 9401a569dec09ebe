// Lets a request in or throws what OSS answers. Both versions of the signature, each in the header or in the URL; the first that
// the request carries is the one that counts. Nothing is shared with any client's signer.

import { timingSafeEqual } from 'node:crypto';
import { invalidArgument } from './oss-error.ts';
import {
  accessDenied,
  invalidSecurityToken,
  MAX_SKEW_MILLISECONDS,
  signatureArgument,
  signatureMismatch,
  timeSkewed,
  unknownAccessKey,
  urlExpired,
} from './signature-errors.ts';
import { signV1, stringToSignV1 } from './signature-v1.ts';
import { type ClaimV4, canonicalRequestV4, type SignerV4, stringToSignV4, V4_ALGORITHM } from './signature-v4.ts';
import { canonicalHeader, type SignedRequest } from './signed-request.ts';

/** Seven days. https://www.alibabacloud.com/help/en/oss/developer-reference/add-signatures-to-urls */
const MAX_EXPIRES_SECONDS = 604_800;

export interface OssCredentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

export interface SignatureRules {
  readonly credentials: OssCredentials;
  /** Without `oss-`. */
  readonly region: string;
  readonly signerV4: SignerV4;
  readonly now: Date;
}

/** Throws OssError 400 or 403. */
export function verifySignature(request: SignedRequest, rules: SignatureRules): void {
  const authorization = canonicalHeader(request, 'authorization');
  if (authorization.startsWith(`${V4_ALGORITHM} `)) verifyHeaderV4(request, rules);
  else if (authorization.startsWith('OSS ')) verifyHeaderV1(request, rules);
  else if (authorization !== '') {
    throw invalidArgument('Authorization', authorization.split(' ')[0] ?? '', 'Unsupported authorization type.');
  } else if (request.query.has('x-oss-signature-version')) verifyUrlV4(request, rules);
  else if (request.query.has('OSSAccessKeyId')) verifyUrlV1(request, rules);
  else throw accessDenied('You have no right to access this object because of bucket acl.', '0003-00000001');
}

function verifyHeaderV1(request: SignedRequest, rules: SignatureRules): void {
  const authorization = canonicalHeader(request, 'authorization');
  const [, accessKeyId = '', signature = ''] = /^OSS ([^:]*):(.*)$/.exec(authorization) ?? [];
  checkIdentity(accessKeyId, canonicalHeader(request, 'x-oss-security-token'), rules);
  // x-oss-date, where there is one, counts in place of Date.
  const date = canonicalHeader(request, 'x-oss-date') || canonicalHeader(request, 'date');
  const time = Date.parse(date);
  if (Number.isNaN(time)) throw accessDenied('OSS authentication requires a valid Date.', '0002-00000010');
  checkSkew(time, rules.now);
  const stringToSign = stringToSignV1(request, date);
  const expected = signV1(rules.credentials.accessKeySecret, stringToSign);
  compare({ accessKeyId, signature, expected, stringToSign });
}

function verifyUrlV1(request: SignedRequest, rules: SignatureRules): void {
  const { now } = rules;
  const accessKeyId = request.query.get('OSSAccessKeyId') ?? '';
  const expires = request.query.get('Expires') ?? '';
  checkIdentity(accessKeyId, request.query.get('security-token') ?? '', rules);
  if (!/^\d+$/.test(expires)) throw accessDenied('Invalid date (should be seconds since epoch).', '0002-00000070');
  if (now.getTime() > Number(expires) * 1000) throw urlExpired(new Date(Number(expires) * 1000), now);
  const stringToSign = stringToSignV1(request, expires);
  const expected = signV1(rules.credentials.accessKeySecret, stringToSign);
  compare({ accessKeyId, signature: request.query.get('Signature') ?? '', expected, stringToSign });
}

function verifyHeaderV4(request: SignedRequest, rules: SignatureRules): void {
  const authorization = canonicalHeader(request, 'authorization');
  const fields = new Map<string, string>();
  for (const field of authorization.slice(V4_ALGORITHM.length + 1).split(',')) {
    const equals = field.indexOf('=');
    if (equals > 0) fields.set(field.slice(0, equals).trim(), field.slice(equals + 1).trim());
  }
  const { accessKeyId, scope } = parseCredential(fields.get('Credential') ?? '', 'Authorization header', rules.region);
  checkIdentity(accessKeyId, canonicalHeader(request, 'x-oss-security-token'), rules);
  if (canonicalHeader(request, 'x-oss-content-sha256') !== 'UNSIGNED-PAYLOAD') {
    const value = canonicalHeader(request, 'x-oss-content-sha256');
    throw signatureArgument('x-oss-content-sha256', value, 'Invalid x-oss-content-sha256.', '0002-00000214');
  }
  const timestamp = canonicalHeader(request, 'x-oss-date');
  checkSkew(parseTimestamp(timestamp, scope.date).getTime(), rules.now);
  const additionalHeaders = splitNames(fields.get('AdditionalHeaders'));
  compareV4({
    request,
    claim: { scope, timestamp, additionalHeaders },
    accessKeyId,
    signature: fields.get('Signature') ?? '',
    rules,
  });
}

function verifyUrlV4(request: SignedRequest, rules: SignatureRules): void {
  const { now } = rules;
  const { query } = request;
  if (query.get('x-oss-signature-version') !== V4_ALGORITHM) {
    throw signatureArgument(
      'x-oss-signature-version',
      query.get('x-oss-signature-version') ?? '',
      'Unsupported version.',
    );
  }
  const { accessKeyId, scope } = parseCredential(query.get('x-oss-credential') ?? '', 'x-oss-credential', rules.region);
  checkIdentity(accessKeyId, query.get('x-oss-security-token') ?? '', rules);
  const timestamp = query.get('x-oss-date') ?? '';
  const signedAt = parseTimestamp(timestamp, scope.date).getTime();
  const expires = query.get('x-oss-expires') ?? '';
  if (!/^\d+$/.test(expires) || Number(expires) > MAX_EXPIRES_SECONDS) {
    throw signatureArgument('x-oss-expires', expires, 'Invalid x-oss-expires.', '0002-00000070');
  }
  const expiresAt = signedAt + Number(expires) * 1000;
  if (signedAt > now.getTime() + MAX_SKEW_MILLISECONDS) throw timeSkewed(signedAt, now);
  if (now.getTime() > expiresAt) throw urlExpired(new Date(expiresAt), now);
  const additionalHeaders = splitNames(query.get('x-oss-additional-headers'));
  const claim = { scope, timestamp, additionalHeaders };
  compareV4({ request, claim, accessKeyId, signature: query.get('x-oss-signature') ?? '', rules });
}

function compareV4(options: {
  request: SignedRequest;
  claim: ClaimV4;
  accessKeyId: string;
  signature: string;
  rules: SignatureRules;
}): void {
  const { request, claim, accessKeyId, signature, rules } = options;
  const canonicalRequest = canonicalRequestV4(request, claim.additionalHeaders);
  const stringToSign = stringToSignV4(claim, canonicalRequest);
  const expected = rules.signerV4.sign(claim.scope, stringToSign);
  compare({ accessKeyId, signature, expected, stringToSign, canonicalRequest });
}

function splitNames(names: string | undefined): string[] {
  return (names ?? '').split(';').filter(name => name !== '');
}

function parseCredential(
  credential: string,
  where: string,
  region: string,
): { accessKeyId: string; scope: ClaimV4['scope'] } {
  const parts = credential.split('/');
  const [accessKeyId = '', date = '', signedRegion = '', product = '', terminator = ''] = parts;
  if (parts.length !== 5 || terminator !== 'aliyun_v4_request' || !/^\d{8}$/.test(date)) {
    throw signatureArgument(where, credential, `Invalid Credential in ${where}.`, '0002-00000213');
  }
  if (signedRegion !== region) {
    throw signatureArgument(where, credential, `Invalid signing region in ${where}.`, '0002-00000226');
  }
  if (product !== 'oss') {
    throw signatureArgument(where, credential, `Invalid signing product in ${where}.`, '0002-00000227');
  }
  return { accessKeyId, scope: { date, region: signedRegion } };
}

function parseTimestamp(timestamp: string, scopeDate: string): Date {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  const [, year, month, day, hour, minute, second] = match ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time.getTime())) throw accessDenied('OSS authentication requires a valid Date.', '0002-00000010');
  if (!timestamp.startsWith(scopeDate)) {
    throw signatureArgument('x-oss-date', timestamp, 'Invalid signing date in Authorization header.', '0002-00000212');
  }
  return time;
}

function checkIdentity(accessKeyId: string, token: string, { credentials }: SignatureRules): void {
  if (accessKeyId !== credentials.accessKeyId || (credentials.securityToken !== undefined && token === '')) {
    throw unknownAccessKey(accessKeyId, accessKeyId === credentials.accessKeyId);
  }
  if (token !== (credentials.securityToken ?? '')) throw invalidSecurityToken();
}

function checkSkew(time: number, now: Date): void {
  if (Math.abs(time - now.getTime()) > MAX_SKEW_MILLISECONDS) throw timeSkewed(time, now);
}

function compare(options: {
  accessKeyId: string;
  signature: string;
  expected: string;
  stringToSign: string;
  canonicalRequest?: string;
}): void {
  const { accessKeyId, signature, expected, stringToSign, canonicalRequest } = options;
  const given = Buffer.from(signature);
  const wanted = Buffer.from(expected);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw signatureMismatch({ accessKeyId, signature, stringToSign, canonicalRequest });
}
