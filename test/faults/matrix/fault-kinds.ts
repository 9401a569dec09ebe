// Everything that can go wrong with one request, and the places where it makes a difference.

import type { Fault } from '../../../local/faults/fault-rule.ts';
import type { Place } from './places.ts';
import { PATIENCE_MILLISECONDS } from './short-waits.ts';

export interface FaultKind {
  readonly name: string;
  /** Of a place, where it depends on how much goes through it. `bare`: a status without a body. */
  readonly fault: Fault | { readonly kind: 'bare'; readonly status: number } | ((place: Place) => Fault);
  /** A try of it takes seconds. */
  readonly isSlow?: boolean;
  /** The parts of the upload are moved anew for the next try. */
  readonly losesUpload?: boolean;
  /** Left out: it may strike any request. */
  readonly suits?: (place: Place) => boolean;
}

const LONGER_THAN_PATIENCE_MILLISECONDS = 2 * PATIENCE_MILLISECONDS;
const A_WHILE_MILLISECONDS = 200;
/** Longer than the adapters wait with memory held: the message waits instead. */
const RETRY_LATER_SECONDS = 60;
/** Nobody listens there, and whoever follows is found out by that. */
const ELSEWHERE = 'http://127.0.0.1:9/elsewhere';

const ofOss = ({ service }: Place) => service === 'oss';
const ofS3 = ({ service }: Place) => service === 's3';
/** That an upload is gone is what is asked for there, and that it is gone now is believed whoever says so. */
const isNoAbort = ({ operation }: Place) => operation !== 'AbortMultipartUpload';
const ofObjects = (place: Place) => ofOss(place) && place.operation !== 'ListObjectsV2';
const isRead = ({ operation }: Place) => operation === 'GetObject';
const isPart = (place: Place) => isRead(place) && place.scene.sizeBytes > 5 * 1024 * 1024;
const hasBody = ({ response }: Place) => response !== 'empty';
const sendsBody = ({ request }: Place) => request !== 'empty';
const sendsObject = ({ request }: Place) => request === 'object';
const carriesObject = (place: Place) => place.request === 'object' || place.response === 'object';

function status(code: number, name?: string, retryAfterSeconds?: number): Fault {
  return {
    kind: 'status',
    status: code,
    ...(name === undefined ? {} : { code: name }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

function header(name: string, value: string | null): Fault {
  return { kind: 'header', name, value };
}

export const TIME_FAULTS: readonly FaultKind[] = [
  { name: 'a short delay', fault: { kind: 'latency', milliseconds: A_WHILE_MILLISECONDS } },
  {
    name: 'a delay beyond patience',
    fault: { kind: 'latency', milliseconds: LONGER_THAN_PATIENCE_MILLISECONDS },
    isSlow: true,
  },
  {
    name: 'little bandwidth',
    fault: ({ scene }) => ({ kind: 'bandwidth', bytesPerSecond: 2 * scene.sizeBytes }),
    suits: carriesObject,
  },
  { name: 'a short stall', fault: { kind: 'stall', milliseconds: A_WHILE_MILLISECONDS } },
  {
    name: 'a stall beyond patience',
    fault: { kind: 'stall', milliseconds: LONGER_THAN_PATIENCE_MILLISECONDS },
    isSlow: true,
  },
];

export const CONNECTION_FAULTS: readonly FaultKind[] = [
  { name: 'a reset before', fault: { kind: 'reset', at: 'before' } },
  { name: 'a reset in the request', fault: { kind: 'reset', at: 'in-request-body' }, suits: sendsBody },
  { name: 'a reset in the answer', fault: { kind: 'reset', at: 'in-response-body' } },
  { name: 'a lost answer', fault: { kind: 'reset', at: 'after' } },
  { name: 'an answer cut short', fault: { kind: 'truncate', length: 'right' }, suits: hasBody },
  { name: 'an answer cut short that hides it', fault: { kind: 'truncate', length: 'wrong' }, suits: hasBody },
];

export const STATUS_FAULTS: readonly FaultKind[] = [
  { name: '400', fault: status(400, 'InvalidRequest') },
  { name: '403 AccessDenied', fault: status(403, 'AccessDenied') },
  { name: '403 without a body', fault: { kind: 'bare', status: 403 } },
  { name: '404 NoSuchKey', fault: status(404, 'NoSuchKey'), suits: ofS3 },
  { name: '404 NoSuchBucket', fault: status(404, 'NoSuchBucket') },
  {
    name: '404 NoSuchUpload',
    fault: status(404, 'NoSuchUpload'),
    suits: place => ofS3(place) && isNoAbort(place),
    losesUpload: true,
  },
  { name: '404 without a body', fault: { kind: 'bare', status: 404 } },
  { name: '400 InvalidPart', fault: status(400, 'InvalidPart'), suits: ofS3, losesUpload: true },
  { name: '408', fault: status(408, 'RequestTimeout') },
  { name: '409', fault: status(409, 'ConditionalRequestConflict'), suits: ofS3, losesUpload: true },
  { name: '412', fault: status(412, 'PreconditionFailed') },
  { name: '429', fault: status(429, 'TooManyRequests') },
  { name: '500', fault: status(500, 'InternalError') },
  { name: '500 without a body', fault: { kind: 'bare', status: 500 } },
  { name: '502 without a body', fault: { kind: 'bare', status: 502 } },
  { name: '503', fault: status(503, 'ServiceUnavailable') },
  { name: '503 without a body', fault: { kind: 'bare', status: 503 } },
  { name: '503 SlowDown', fault: status(503, 'SlowDown') },
  { name: '503 SlowDown for a minute', fault: status(503, 'SlowDown', RETRY_LATER_SECONDS) },
  { name: '501', fault: status(501, 'NotImplemented') },
  { name: 'RequestTimeTooSkewed', fault: status(403, 'RequestTimeTooSkewed') },
  { name: 'ExpiredToken', fault: status(400, 'ExpiredToken'), suits: ofS3 },
  { name: 'SecurityTokenExpired', fault: status(403, 'SecurityTokenExpired'), suits: ofOss },
  { name: 'InvalidAccessKeyId', fault: status(403, 'InvalidAccessKeyId') },
  { name: 'an error in a 200', fault: status(200, 'InternalError') },
  { name: '200 without a body', fault: { kind: 'bare', status: 200 }, suits: isNoAbort },
  { name: 'a redirect elsewhere', fault: { kind: 'redirect', status: 302, location: ELSEWHERE } },
  { name: 'a 307 elsewhere', fault: { kind: 'redirect', status: 307, location: ELSEWHERE } },
];

export const CONTENT_FAULTS: readonly FaultKind[] = [
  { name: 'a flipped bit of what is sent', fault: { kind: 'flip', of: 'request' }, suits: sendsObject },
  { name: 'a flipped bit of what comes', fault: { kind: 'flip', of: 'response' }, suits: hasBody },
  { name: 'gzip', fault: { kind: 'gzip' }, suits: hasBody },
  { name: 'no ETag', fault: header('ETag', null) },
  { name: 'another ETag', fault: header('ETag', '"0123456789ABCDEF0123456789ABCDEF"') },
  { name: 'no CRC-64', fault: header('x-oss-hash-crc64ecma', null), suits: ofObjects },
  { name: 'another CRC-64', fault: header('x-oss-hash-crc64ecma', '12345678901234567890'), suits: ofObjects },
  { name: 'a CRC-64 that is none', fault: header('x-oss-hash-crc64ecma', 'x'), suits: ofObjects },
  { name: 'no Content-Length', fault: header('Content-Length', null), suits: ofOss },
  { name: 'a smaller Content-Length', fault: header('Content-Length', '100'), suits: ofObjects },
  { name: 'a larger Content-Length', fault: header('Content-Length', '99999999'), suits: ofObjects },
  { name: 'no Content-Range', fault: header('Content-Range', null), suits: isPart },
  { name: 'another Content-Range', fault: header('Content-Range', 'bytes 0-99/100'), suits: isPart },
  { name: 'no Last-Modified', fault: header('Last-Modified', null), suits: ofObjects },
  {
    name: 'another Last-Modified',
    fault: header('Last-Modified', 'Thu, 01 Jan 2015 00:00:00 GMT'),
    suits: ofObjects,
  },
  { name: 'Age', fault: header('Age', '10'), suits: ofOss },
  { name: 'X-Cache: HIT', fault: header('X-Cache', 'HIT TCP_MEM_HIT'), suits: ofOss },
  { name: 'no CRC-32', fault: header('x-amz-checksum-crc32', null), suits: place => ofS3(place) && sendsBody(place) },
  {
    name: 'another CRC-32',
    fault: header('x-amz-checksum-crc32', 'AAAAAA=='),
    suits: place => ofS3(place) && sendsBody(place),
  },
];

export const FAULT_KINDS: readonly FaultKind[] = [
  ...TIME_FAULTS,
  ...CONNECTION_FAULTS,
  ...STATUS_FAULTS,
  ...CONTENT_FAULTS,
];

const SORTS: readonly string[] = [
  'a delay beyond patience',
  'a stall beyond patience',
  'a reset before',
  'a reset in the answer',
  'a lost answer',
  'an answer cut short that hides it',
  '403 AccessDenied',
  '404 NoSuchBucket',
  '412',
  '500',
  '503 SlowDown',
  'RequestTimeTooSkewed',
  'an error in a 200',
  'a redirect elsewhere',
  'a flipped bit of what is sent',
  'a flipped bit of what comes',
  'another ETag',
  'another CRC-32',
];

/** Where each has been played at a request of the same kind. */
export const ONE_OF_EACH_SORT: readonly FaultKind[] = ofNames(SORTS);

export function ofNames(names: readonly string[]): readonly FaultKind[] {
  return FAULT_KINDS.filter(({ name }) => names.includes(name));
}
