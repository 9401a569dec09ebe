// Signature Version 4 of a request of the JSON protocol, in the Authorization header. The skew is measured with the machine's clock, whatever
// time the queues are told.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SqsError } from './sqs-error.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_SKEW_MILLISECONDS = 15 * 60 * 1000;

export interface SqsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface Claim {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** Throws the errors that AWS would answer with; returns for a request that the holder of the credentials signed. */
export function verifySignature(
  request: IncomingMessage,
  body: Buffer,
  options: { credentials: SqsCredentials; region: string; now: number },
): void {
  const { credentials, region } = options;
  const claim = readClaim(request.headers.authorization);
  const timestamp = header(request, 'x-amz-date');
  if (
    claim.accessKeyId !== credentials.accessKeyId ||
    header(request, 'x-amz-security-token') !== (credentials.sessionToken ?? '')
  ) {
    throw new SqsError('InvalidClientTokenId', 'The security token included in the request is invalid.');
  }
  checkTime({ timestamp, claim, now: options.now });
  if (claim.region !== region) throw refused('Credential should be scoped to a valid region.');
  if (claim.service !== 'sqs') throw refused("Credential should be scoped to correct service: 'sqs'.");
  const expected = Buffer.from(signatureOf(canonicalRequest(request, claim, body), timestamp, claim, credentials));
  const actual = Buffer.from(claim.signature);
  if (
    !claim.signedHeaders.includes('host') ||
    expected.length !== actual.length ||
    !timingSafeEqual(expected, actual)
  ) {
    throw refused(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
}

function readClaim(authorization: string | undefined): Claim {
  if (!authorization) throw new SqsError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, *SignedHeaders=([^,]+), *Signature=([0-9a-f]+)$/.exec(
      authorization,
    );
  const [, accessKeyId, day, region, service, signedHeaders, signature] = match ?? [];
  if (!accessKeyId || !day || !region || !service || !signedHeaders || !signature) {
    throw new SqsError('IncompleteSignature', 'Authorization header requires Credential, SignedHeaders and Signature.');
  }
  return { accessKeyId, day, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

function checkTime({ timestamp, claim, now }: { timestamp: string; claim: Claim; now: number }): void {
  const time = Date.parse(timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(time)) throw new SqsError('IncompleteSignature', 'Date must be in ISO-8601 basic format.');
  if (!timestamp.startsWith(claim.day))
    throw refused('Date in Credential scope does not match YYYYMMDD from ISO-8601.');
  if (time < now - MAX_SKEW_MILLISECONDS) throw refused(`Signature expired: ${timestamp} is now earlier than allowed.`);
  if (time > now + MAX_SKEW_MILLISECONDS)
    throw refused(`Signature not yet current: ${timestamp} is still later than allowed.`);
}

function canonicalRequest(request: IncomingMessage, claim: Claim, body: Buffer): string {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  return [
    request.method ?? '',
    path,
    query.split('&').sort().join('&'),
    ...claim.signedHeaders.map(name => `${name}:${header(request, name).trim().replace(/\s+/g, ' ')}`),
    '',
    claim.signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
}

function signatureOf(canonical: string, timestamp: string, claim: Claim, credentials: SqsCredentials): string {
  const scope = [claim.day, claim.region, claim.service, 'aws4_request'];
  const text = [ALGORITHM, timestamp, scope.join('/'), sha256(Buffer.from(canonical, 'latin1'))].join('\n');
  const key = scope.reduce<string | Buffer>(
    (secret, step) => createHmac('sha256', secret).update(step).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function refused(message: string): SqsError {
  return new SqsError('InvalidSignature', message);
}
