import { describe, expect, test } from 'vitest';
import { proofOf, prove } from '../../../../aws-worker/transfer/proof.ts';
import { sourceObject } from './objects.ts';

const crc64 = 3_808_858_755_133_389_113n;
const md5 = '0cc175b9c0f1b6a831c399e269772661';
const withCrc = sourceObject({ crc64 });
const withMd5 = sourceObject({ crc64: undefined });
const withNeither = sourceObject({ crc64: undefined, type: 'Multipart' });

test.each([
  ['crc64', withCrc],
  ['md5', withMd5],
  ['none', withNeither],
  ['crc64', sourceObject({ crc64, type: 'Appendable' })],
] as const)('the best proof is %s', (proof, source) => {
  expect(proofOf(source)).toBe(proof);
});

describe('bytes are proven', () => {
  test.each([
    ['by the CRC-64, whatever the MD5', withCrc, { crc64, md5: undefined }, 'crc64'],
    ['by the MD5 where there is no CRC-64', withMd5, { crc64: 0n, md5 }, 'md5'],
    ['by nothing, and it says so', withNeither, { crc64: 0n, md5: undefined }, 'none'],
  ] as const)('%s', (_, source, computed, proof) => {
    expect(prove(source, computed)).toBe(proof);
  });

  test.each([
    ['another CRC-64, though the MD5 agrees', withCrc, { crc64: crc64 + 1n, md5 }],
    ['another MD5', withMd5, { crc64, md5: md5.replace('0', '1') }],
    ['an MD5 that nobody computed', withMd5, { crc64, md5: undefined }],
  ] as const)('not with %s', (_, source, computed) => {
    expect(() => prove(source, computed)).toThrow(
      expect.objectContaining({ kind: 'retryable', code: 'source-checksum-mismatch', key: 'a' }),
    );
  });
});

test('the CRC-64 of zero is a proof like any other', () => {
  const source = sourceObject({ crc64: 0n, sizeBytes: 0 });
  expect(prove(source, { crc64: 0n, md5: undefined })).toBe('crc64');
  expect(() => prove(source, { crc64: 1n, md5: undefined })).toThrow('CRC-64');
});
