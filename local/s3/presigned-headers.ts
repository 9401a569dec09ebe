// In a presigned URL the signer may have moved `x-amz-` headers into the query; S3 takes them from there. The signature has covered
// them as query parameters, so they are as good as signed headers.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

import type { IncomingMessage } from 'node:http';
import { encodeHeader } from './header-text.ts';
import type { RequestTarget } from './request-target.ts';

const SIGNING_PARAMETERS = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-signature',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

/** Adds them to the request's headers; a header that was really sent stands. */
export function adoptPresignedHeaders(request: IncomingMessage, target: RequestTarget): void {
  for (const [parameter, value] of target.query) {
    const name = parameter.toLowerCase();
    if (name.startsWith('x-amz-') && !SIGNING_PARAMETERS.has(name)) request.headers[name] ??= encodeHeader(value);
  }
}
