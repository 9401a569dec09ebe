import { describe, expect, test } from 'vitest';
import { checkRange, rangeHeaders } from '../../../../aws-worker/storage/oss-range.ts';

const check = (
  answer: { status: number; length: string; contentRange?: string },
  range?: { start: number; end: number },
) =>
  checkRange(
    'k',
    {
      status: answer.status,
      headers: { 'content-length': answer.length, 'content-range': answer.contentRange },
    },
    range,
  );

test('asks for an inclusive range, and for the standard', () => {
  expect(rangeHeaders({ start: 5, end: 10 })).toEqual({ range: 'bytes=5-9', 'x-oss-range-behavior': 'standard' });
});

test.each([
  [5, 5],
  [5, 4],
  [-1, 4],
])('cannot ask for [%i, %i)', (start, end) => expect(() => rangeHeaders({ start, end })).toThrow(RangeError));

describe('accepts', () => {
  test('the whole', () => expect(check({ status: 200, length: '7' })).toEqual({ lengthBytes: 7, sizeBytes: 7 }));
  test('exactly the range', () =>
    expect(check({ status: 206, length: '5', contentRange: 'bytes 5-9/100' }, { start: 5, end: 10 })).toEqual({
      lengthBytes: 5,
      sizeBytes: 100,
    }));
});

describe('refuses', () => {
  const range = { start: 5, end: 10 };
  test.each([
    ['everything in place of a range', { status: 200, length: '100' }, 'source-bad-answer'],
    ['other bytes', { status: 206, length: '5', contentRange: 'bytes 6-10/100' }, 'source-bad-answer'],
    [
      'fewer bytes, though there are more',
      { status: 206, length: '4', contentRange: 'bytes 5-8/100' },
      'source-bad-answer',
    ],
    [
      'a length that is not the range’s',
      { status: 206, length: '6', contentRange: 'bytes 5-9/100' },
      'source-bad-answer',
    ],
    ['an unknown size', { status: 206, length: '5', contentRange: 'bytes 5-9/*' }, 'source-bad-answer'],
    ['a size within the range', { status: 206, length: '5', contentRange: 'bytes 5-9/7' }, 'source-bad-answer'],
    ['no Content-Range', { status: 206, length: '5' }, 'source-bad-answer'],
    [
      'a range cut short by the end of the object',
      { status: 206, length: '3', contentRange: 'bytes 5-7/8' },
      'source-changed',
    ],
  ])('%s', (_name, answer, code) => {
    expect(() => check(answer, range)).toThrow(expect.objectContaining({ kind: 'retryable', code }));
  });

  test('a range in place of everything', () =>
    expect(() => check({ status: 206, length: '5', contentRange: 'bytes 0-4/5' })).toThrow(
      expect.objectContaining({ code: 'source-bad-answer' }),
    ));
});
