import { expect, it } from 'vitest';
import { readByteRange } from '../../../../local/s3/byte-range.ts';

it.each([
  [undefined, 10, undefined],
  ['bytes=0-0', 10, { start: 0, end: 1 }],
  ['bytes=2-4', 10, { start: 2, end: 5 }],
  ['bytes=9-', 10, { start: 9, end: 10 }],
  ['bytes=5-99', 10, { start: 5, end: 10 }],
  ['bytes=-3', 10, { start: 7, end: 10 }],
  ['bytes=-99', 10, { start: 0, end: 10 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=4-2', 10, undefined],
  ['bytes=-', 10, undefined],
  ['bytes=0-1,3-4', 10, undefined],
  ['lines=0-1', 10, undefined],
])('reads %j of %i bytes as %j', (header, sizeBytes, expected) => {
  expect(readByteRange(header, sizeBytes)).toEqual(expected);
});
