import { describe, expect, it } from 'vitest';
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  combineChecksums,
  createChecksumHasher,
  isChecksumValue,
  supportsFullObject,
} from '../../../../local/s3/checksums/checksum-algorithms.ts';

function checksum(algorithm: ChecksumAlgorithm, ...pieces: Uint8Array[]): string {
  const hasher = createChecksumHasher(algorithm);
  for (const piece of pieces) hasher.update(piece);
  return hasher.digest().toString('base64');
}

const bytes = Uint8Array.from({ length: 5000 }, (_, index) => (index * 31 + (index >> 3)) & 0xff);
const combinable = CHECKSUM_ALGORITHMS.filter(supportsFullObject);

describe.each(combinable)('%s', algorithm => {
  it.each([0, 1, 7, 8, 255, 256, 4096, 4999, 5000])('of the whole follows from two parts cut at %i', cut => {
    const parts = [bytes.subarray(0, cut), bytes.subarray(cut)];
    const values = parts.map(part => ({ base64: checksum(algorithm, part), sizeBytes: part.length }));
    expect(combineChecksums(algorithm, values)).toBe(checksum(algorithm, bytes));
    expect(checksum(algorithm, ...parts)).toBe(checksum(algorithm, bytes));
  });
});

it('has the published check values for "123456789"', () => {
  const hex = (algorithm: ChecksumAlgorithm) =>
    Buffer.from(checksum(algorithm, Buffer.from('123456789')), 'base64').toString('hex');
  expect(hex('CRC32')).toBe('cbf43926');
  expect(hex('CRC32C')).toBe('e3069283');
  expect(hex('CRC64NVME')).toBe('ae8b14860a799888');
});

it.each([
  ['CRC32', 'y/Q5Jg==', true],
  ['CRC32', 'y/Q5Jg', false],
  ['CRC32', 'y/Q5JgA=', false],
  ['CRC32', '', false],
  ['CRC64NVME', 'rosUhgp5mIg=', true],
] as const)('knows whether a %s may be %j: %j', (algorithm, value, expected) => {
  expect(isChecksumValue(algorithm, value)).toBe(expected);
});
