// A failure of S3 as the transfer understands it: by its code (s3-error-codes.ts), else by what the status alone says (a HEAD, a proxy), else
// by whether the request can have taken effect.

import { BridgeError } from '../../shared/bridge-error.ts';
import {
  CHANGED,
  CHECKSUM,
  CONFLICT,
  DENIED,
  MEANING_OF_CODE,
  type Meaning,
  NOT_S3,
  REFUSED,
  REGION,
  SERVER_TROUBLE,
  THROTTLED,
  UNAVAILABLE,
  UNKNOWN,
  UNSUPPORTED,
} from './s3-error-codes.ts';
import type { S3Failure } from './s3-failure.ts';
import { PERMISSIONS, type S3Operation } from './s3-permissions.ts';

export interface FailedRequest {
  readonly operation: S3Operation;
  readonly bucket: string;
  readonly key: string;
  /** A write that must not take place twice: when nobody answered, nobody knows whether it took place. */
  readonly isConditionalWrite?: boolean;
}

export function translateS3Failure(failure: S3Failure, request: FailedRequest): BridgeError {
  const meaning = meaningOf(failure, request);
  return new BridgeError({
    kind: meaning.kind,
    code: meaning.code,
    message: [sentence(failure, request), advice(meaning, failure, request)].filter(text => text !== '').join(' '),
    key: request.key,
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
    ...(failure.retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds: failure.retryAfterMilliseconds }),
  });
}

function meaningOf(failure: S3Failure, request: FailedRequest): Meaning {
  const trouble = request.isConditionalWrite === true ? UNKNOWN : UNAVAILABLE;
  const code = failure.code ?? '';
  if (failure.kind === 'unsent') return MEANING_OF_CODE.get(code) ?? UNAVAILABLE;
  if (failure.kind === 'unanswered') return trouble;
  if (code === 'InvalidRequest' && isSizeOrChecksum(failure, request)) return CHECKSUM;
  // A gateway that answers before S3 does may say ServiceUnavailable of a write that goes on; of a read it only asks for patience.
  if (SERVER_TROUBLE.has(code)) return failure.status === 503 && trouble === UNAVAILABLE ? THROTTLED : trouble;
  return MEANING_OF_CODE.get(code) ?? meaningOfStatus(failure, request, trouble);
}

/** Complete says InvalidRequest of a wrong x-amz-mp-object-size: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
function isSizeOrChecksum(failure: S3Failure, request: FailedRequest): boolean {
  return request.operation === 'CompleteMultipartUpload' && /object.?size|checksum/i.test(failure.message ?? '');
}

function meaningOfStatus(failure: S3Failure, request: FailedRequest, trouble: Meaning): Meaning {
  const status = failure.status ?? 0;
  if (status === 301 || status === 308) return REGION;
  if (status === 400 && failure.code === undefined && failure.region !== undefined) return REGION;
  if (status === 307 || status === 408) return UNAVAILABLE;
  const isOfS3 = failure.code !== undefined || request.operation === 'HeadObject';
  if (status === 401 || status === 403) return isOfS3 ? DENIED : NOT_S3;
  if (status === 409) return CONFLICT;
  if (status === 412) return CHANGED;
  if (status === 429) return THROTTLED;
  if (status === 501) return UNSUPPORTED;
  if (status === 503 && trouble === UNAVAILABLE) return THROTTLED;
  // Neither success nor an error that S3 speaks: whoever answered, it proves nothing.
  if (status < 400 || status >= 500) return trouble;
  return isOfS3 ? REFUSED : NOT_S3;
}

const MESSAGE_MAX_CHARACTERS = 300;

function sentence(failure: S3Failure, request: FailedRequest): string {
  const what = `${request.operation} on bucket ${request.bucket}`;
  const said = failure.message === undefined ? '' : `: ${onOneLine(failure.message)}`;
  if (failure.kind === 'unsent') return `${what} was not sent (${failure.code ?? 'no connection'})${said}.`;
  if (failure.kind === 'unanswered') return `${what} was sent but not answered (${failure.code ?? 'broken'})${said}.`;
  const answer = [failure.status, failure.code].filter(part => part !== undefined).join(' ');
  return `S3 answered ${what} with ${answer}${said}${/[.!]$/.test(said) ? '' : '.'}`;
}

/** Whoever answered may have said anything, and the sentence may go to a terminal. */
function onOneLine(message: string): string {
  const text = message.slice(0, MESSAGE_MAX_CHARACTERS).toWellFormed();
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

function advice(meaning: Meaning, failure: S3Failure, request: FailedRequest): string {
  if (meaning === REGION) {
    return failure.region === undefined
      ? 'The bucket is in another region. Set S3_REGION to its region.'
      : `The bucket is in ${failure.region}. Set S3_REGION=${failure.region}.`;
  }
  return meaning === DENIED ? PERMISSIONS[request.operation] : meaning.advice;
}
