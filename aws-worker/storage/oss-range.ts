// Ranges, asked and answered. OSS answers a range that does not exist with the whole object unless told to follow the standard, so every
// range asks for that and every answer is checked against what was asked.
// https://www.alibabacloud.com/help/en/oss/developer-reference/getobject

import { BridgeError } from '../../shared/bridge-error.ts';
import { badAnswer, readContentLength } from './oss-object.ts';
import type { OssAnswer } from './oss-transport.ts';

/** Bytes [start, end). */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** @throws RangeError for an empty or backward range, which no header can express */
export function rangeHeaders({ start, end }: ByteRange): Record<string, string> {
  if (!(start >= 0 && end > start)) throw new RangeError(`[${start}, ${end}) is not a range of bytes.`);
  return { range: `bytes=${start}-${end - 1}`, 'x-oss-range-behavior': 'standard' };
}

export interface AnsweredLengths {
  /** Of this body. */
  readonly lengthBytes: number;
  /** Of the whole object. */
  readonly sizeBytes: number;
}

/**
 * What a GET answered, if it is what was asked: 200 with everything, or 206 with exactly the range.
 * @throws BridgeError retryable `source-changed` (the object is shorter than the range now), `source-bad-answer`
 */
export function checkRange(
  key: string,
  answer: Pick<OssAnswer, 'status' | 'headers'>,
  range: ByteRange | undefined,
): AnsweredLengths {
  const lengthBytes = readContentLength(key, answer.headers);
  if (range === undefined) {
    if (answer.status !== 200) throw badAnswer(key, `has status ${answer.status} for a request of the whole object`);
    return { lengthBytes, sizeBytes: lengthBytes };
  }
  const header = answer.headers['content-range'];
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(typeof header === 'string' ? header : '');
  if (answer.status !== 206 || match === null)
    throw badAnswer(key, `has status ${answer.status} or no valid Content-Range for a range`);
  const [start, last, sizeBytes] = match.slice(1).map(Number);
  if (start === undefined || last === undefined || sizeBytes === undefined)
    throw badAnswer(key, 'has no valid Content-Range');
  if (start === range.start && last < range.end - 1 && last === sizeBytes - 1) throw shrunk(key, range);
  if (
    start !== range.start ||
    last !== range.end - 1 ||
    lengthBytes !== range.end - range.start ||
    sizeBytes < range.end
  ) {
    throw badAnswer(key, `has other bytes (${match[0]}) than the range that was asked`);
  }
  return { lengthBytes, sizeBytes };
}

function shrunk(key: string, range: ByteRange): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'source-changed',
    message: `The object is shorter than the range [${range.start}, ${range.end}) now: it was overwritten. It is read again.`,
    key,
  });
}
