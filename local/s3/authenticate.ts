// Who asks, and is it them: Signature Version 4 in the Authorization header or in a presigned URL. What is returned says how the body
// is to be read and proven; the body itself is checked where it is read.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html

import { timingSafeEqual } from 'node:crypto';
import { queryValue, type RequestTarget } from './request-target.ts';
import { invalidArgument, invalidRequest, S3Error } from './s3-error.ts';
import {
  canonicalRequest,
  readTimestamp,
  SIGNING_ALGORITHM,
  type SigningScope,
  signatureOf,
  stringToSign,
} from './sigv4.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed) */
const MAX_SKEW_MILLISECONDS = 15 * 60 * 1000;
/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html (X-Amz-Expires) */
const MAX_EXPIRES_SECONDS = 7 * 24 * 3600;

const STREAMING_PAYLOADS = [
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
];

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When the session token stops being good. */
  readonly sessionExpiresAt?: Date;
}

/** How the body comes: as it is (with its SHA-256, if that was signed), or in aws-chunked framing. */
export interface PayloadForm {
  readonly sha256: string | undefined;
  readonly isChunked: boolean;
  readonly hasTrailer: boolean;
}

export interface RequestToAuthenticate {
  readonly method: string;
  readonly target: RequestTarget;
  readonly rawHeaders: readonly string[];
  header(name: string): string | undefined;
}

interface Claim extends SigningScope {
  readonly accessKeyId: string;
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** Seconds that a presigned URL is good for; undefined for a header. */
  readonly expiresSeconds: number | undefined;
}

function readScope(credential: string, refuse: (message: string) => S3Error): SigningScope & { accessKeyId: string } {
  const match = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(credential);
  const [, accessKeyId, day, region, service] = match ?? [];
  if (accessKeyId === undefined || day === undefined || region === undefined) {
    throw refuse('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  if (service !== 's3') throw refuse(`incorrect service "${service}". This endpoint belongs to "s3".`);
  return { accessKeyId, day, region };
}

function headerMalformed(message: string): S3Error {
  return new S3Error('AuthorizationHeaderMalformed', { message: `The authorization header is malformed; ${message}` });
}

function readHeaderClaim(authorization: string, request: RequestToAuthenticate): Claim {
  if (!authorization.startsWith(`${SIGNING_ALGORITHM} `)) {
    throw invalidRequest(
      `The authorization mechanism you have provided is not supported. Please use ${SIGNING_ALGORITHM}.`,
    );
  }
  const fields = new Map(
    authorization
      .slice(SIGNING_ALGORITHM.length)
      .split(',')
      .map(field => [field.slice(0, field.indexOf('=')).trim(), field.slice(field.indexOf('=') + 1).trim()] as const),
  );
  const credential = fields.get('Credential');
  const signedHeaders = fields.get('SignedHeaders');
  const signature = fields.get('Signature');
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw headerMalformed('it needs Credential, SignedHeaders and Signature.');
  }
  const timestamp = request.header('x-amz-date');
  if (timestamp === undefined) {
    throw new S3Error('AccessDenied', {
      message: 'AWS authentication requires a valid Date or x-amz-date header',
    });
  }
  return {
    ...readScope(credential, headerMalformed),
    timestamp,
    signature,
    signedHeaders: signedHeaders.split(';'),
    sessionToken: request.header('x-amz-security-token'),
    expiresSeconds: undefined,
  };
}

function queryMalformed(message: string): S3Error {
  return new S3Error('AuthorizationQueryParametersError', {
    message: `Error parsing the query parameters; ${message}`,
  });
}

function readQueryClaim(target: RequestTarget): Claim {
  const value = (name: string): string => {
    const found = queryValue(target, name);
    if (found === undefined) throw queryMalformed(`${name} is missing.`);
    return found;
  };
  if (value('X-Amz-Algorithm') !== SIGNING_ALGORITHM)
    throw queryMalformed(`X-Amz-Algorithm only supports "${SIGNING_ALGORITHM}"`);
  const expiresSeconds = Number(value('X-Amz-Expires'));
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 0 || expiresSeconds > MAX_EXPIRES_SECONDS) {
    throw queryMalformed('X-Amz-Expires must be from 0 to 604800 seconds.');
  }
  return {
    ...readScope(value('X-Amz-Credential'), queryMalformed),
    timestamp: value('X-Amz-Date'),
    signature: value('X-Amz-Signature'),
    signedHeaders: value('X-Amz-SignedHeaders').split(';'),
    sessionToken: queryValue(target, 'X-Amz-Security-Token'),
    expiresSeconds,
  };
}

interface Authority {
  /** Any of them is good. */
  readonly credentials: readonly S3Credentials[];
  readonly region: string;
  readonly now: Date;
}

function checkIdentity(claim: Claim, { credentials: all, region, now }: Authority): S3Credentials {
  const credentials = all.find(({ accessKeyId }) => accessKeyId === claim.accessKeyId);
  if (credentials === undefined) {
    throw new S3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: claim.accessKeyId } });
  }
  if (claim.region !== region) {
    const message = `The authorization header is malformed; the region '${claim.region}' is wrong; expecting '${region}'`;
    const code =
      claim.expiresSeconds === undefined ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError';
    throw new S3Error(code, { message, details: { Region: region } });
  }
  // A temporary key alone is no key: S3 says that it does not exist.
  if (credentials.sessionToken !== undefined && claim.sessionToken === undefined) {
    throw new S3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: claim.accessKeyId } });
  }
  if (claim.sessionToken !== credentials.sessionToken) throw new S3Error('InvalidToken');
  if (credentials.sessionExpiresAt !== undefined && credentials.sessionExpiresAt <= now)
    throw new S3Error('ExpiredToken');
  return credentials;
}

function checkTime(claim: Claim, now: Date): void {
  const signedAt = readTimestamp(claim.timestamp);
  if (signedAt === undefined) {
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' });
  }
  if (!claim.timestamp.startsWith(claim.day)) {
    throw headerMalformed(`the credential's date "${claim.day}" is not that of x-amz-date "${claim.timestamp}".`);
  }
  const ageMilliseconds = now.getTime() - signedAt.getTime();
  if (claim.expiresSeconds !== undefined) {
    if (ageMilliseconds > claim.expiresSeconds * 1000) {
      throw new S3Error('AccessDenied', { message: 'Request has expired' });
    }
    if (ageMilliseconds >= -MAX_SKEW_MILLISECONDS) return;
  }
  if (Math.abs(ageMilliseconds) <= MAX_SKEW_MILLISECONDS) return;
  throw new S3Error('RequestTimeTooSkewed', {
    details: {
      RequestTime: claim.timestamp,
      ServerTime: now.toISOString(),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MILLISECONDS),
    },
  });
}

/** `host` and every `x-amz-` header must be under the signature, or somebody between could change them. */
function checkSignedHeaders(claim: Claim, rawHeaders: readonly string[]): void {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map(name => name.toLowerCase());
  // The payload's hash is in the canonical request anyway; a presigned URL need not name its header.
  const isExempt = (name: string): boolean => claim.expiresSeconds !== undefined && name === 'x-amz-content-sha256';
  const mustBeSigned = names.filter(name => name === 'host' || (name.startsWith('x-amz-') && !isExempt(name)));
  const unsigned = mustBeSigned.filter(name => !claim.signedHeaders.includes(name));
  if (unsigned.length === 0) return;
  throw new S3Error('AccessDenied', {
    message: 'There were headers present in the request which were not signed',
    details: { HeadersNotSigned: unsigned.join(', ') },
  });
}

function readPayloadHash(request: RequestToAuthenticate, isPresigned: boolean): string {
  const declared = request.header('x-amz-content-sha256') ?? queryValue(request.target, 'X-Amz-Content-Sha256');
  if (declared === undefined) {
    if (isPresigned) return 'UNSIGNED-PAYLOAD';
    throw invalidRequest('Missing required header for this request: x-amz-content-sha256');
  }
  const isKnown =
    declared === 'UNSIGNED-PAYLOAD' || STREAMING_PAYLOADS.includes(declared) || /^[0-9a-f]{64}$/.test(declared);
  if (isKnown) return declared;
  throw invalidArgument(
    'x-amz-content-sha256',
    declared,
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- value, or a valid sha256 value.',
  );
}

function checkSignature(
  claim: Claim,
  request: RequestToAuthenticate,
  secret: { key: string; payloadHash: string },
): void {
  const canonical = canonicalRequest({
    ...request,
    signedHeaders: claim.signedHeaders,
    payloadHash: secret.payloadHash,
  });
  const text = stringToSign({ canonical, timestamp: claim.timestamp, scope: claim });
  const expected = Buffer.from(signatureOf(text, secret.key, claim));
  const given = Buffer.from(claim.signature);
  if (expected.length === given.length && timingSafeEqual(expected, given)) return;
  throw new S3Error('SignatureDoesNotMatch', {
    details: {
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: text,
      SignatureProvided: claim.signature,
      CanonicalRequest: canonical,
    },
  });
}

/** Throws S3Error (AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed, InvalidToken, …). */
export function authenticate(request: RequestToAuthenticate, authority: Authority): PayloadForm {
  const authorization = request.header('authorization');
  const isPresigned = queryValue(request.target, 'X-Amz-Signature') !== undefined;
  if (authorization === undefined && !isPresigned) throw new S3Error('AccessDenied');
  if (authorization !== undefined && isPresigned) {
    throw invalidArgument('Authorization', authorization.slice(0, 16), 'Only one auth mechanism allowed.');
  }
  const claim = authorization === undefined ? readQueryClaim(request.target) : readHeaderClaim(authorization, request);
  const { secretAccessKey: key } = checkIdentity(claim, authority);
  checkTime(claim, authority.now);
  const payloadHash = readPayloadHash(request, isPresigned);
  checkSignedHeaders(claim, request.rawHeaders);
  checkSignature(claim, request, { key, payloadHash });
  return {
    sha256: /^[0-9a-f]{64}$/.test(payloadHash) ? payloadHash : undefined,
    isChunked: payloadHash.startsWith('STREAMING-'),
    hasTrailer: payloadHash.endsWith('-TRAILER'),
  };
}
