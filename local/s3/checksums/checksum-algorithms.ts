// S3's checksum algorithms as data: names, digest lengths, how to compute one, and how parts make a whole. XXHASH64, XXHASH3 and
// XXHASH128 are known to S3 but not covered here.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html

import { createHash } from 'node:crypto';
import { crc32 } from '../../../shared/checksums/crc32.ts';
import { type CrcField, combineCrc } from './crc-combine.ts';
import { CRC32C_FIELD, crc32c } from './crc32c.ts';
import { CRC64_NVME_FIELD, Crc64Nvme } from './crc64-nvme.ts';

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256' | 'SHA512' | 'MD5';
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** A value as S3 carries it: base64 of the digest, numbers big-endian. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly base64: string;
}

export interface ChecksumHasher {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

const CRC32_FIELD: CrcField = { polynomial: 0xedb88320n, bits: 32 };

const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
};

/** The algorithms whose parts' values give the whole's. */
const FIELDS: Readonly<Partial<Record<ChecksumAlgorithm, CrcField>>> = {
  CRC32: CRC32_FIELD,
  CRC32C: CRC32C_FIELD,
  CRC64NVME: CRC64_NVME_FIELD,
};

export const CHECKSUM_ALGORITHMS: readonly ChecksumAlgorithm[] = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'SHA1',
  'SHA256',
  'SHA512',
  'MD5',
];

/** In any case of letters. */
export function findChecksumAlgorithm(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find(algorithm => algorithm === name.toUpperCase());
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function supportsFullObject(algorithm: ChecksumAlgorithm): boolean {
  return FIELDS[algorithm] !== undefined;
}

export function isChecksumValue(algorithm: ChecksumAlgorithm, base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length === DIGEST_BYTES[algorithm] && bytes.toString('base64') === base64;
}

function numberToBytes(value: bigint, bits: 32 | 64): Buffer {
  return Buffer.from(value.toString(16).padStart(bits / 4, '0'), 'hex');
}

function runningCrc32(step: (bytes: Uint8Array, seed: number) => number): ChecksumHasher {
  let value = 0;
  return {
    update: bytes => {
      value = step(bytes, value);
    },
    digest: () => numberToBytes(BigInt(value), 32),
  };
}

export function createChecksumHasher(algorithm: ChecksumAlgorithm): ChecksumHasher {
  if (algorithm === 'CRC32') return runningCrc32(crc32);
  if (algorithm === 'CRC32C') return runningCrc32(crc32c);
  if (algorithm === 'CRC64NVME') {
    const crc = new Crc64Nvme();
    return { update: bytes => crc.update(bytes), digest: () => numberToBytes(crc.digest(), 64) };
  }
  const hash = createHash(algorithm.toLowerCase());
  return {
    update: bytes => {
      hash.update(bytes);
    },
    digest: () => hash.digest(),
  };
}

export interface PartChecksum {
  readonly base64: string;
  readonly sizeBytes: number;
}

/** The whole's value from its parts'. Only for algorithms that `supportsFullObject`. */
export function combineChecksums(algorithm: ChecksumAlgorithm, parts: readonly PartChecksum[]): string {
  const field = FIELDS[algorithm];
  if (field === undefined) throw new TypeError(`${algorithm} values cannot be combined.`);
  const whole = parts.reduce((sum, part) => {
    const value = BigInt(`0x${Buffer.from(part.base64, 'base64').toString('hex')}`);
    return combineCrc(field, sum, value, part.sizeBytes);
  }, 0n);
  return numberToBytes(whole, field.bits).toString('base64');
}

/** The checksum of the parts' digests, one after the other, and how many there were: `…=-3`. */
export function composeChecksums(algorithm: ChecksumAlgorithm, parts: readonly PartChecksum[]): string {
  const hasher = createChecksumHasher(algorithm);
  for (const part of parts) hasher.update(Buffer.from(part.base64, 'base64'));
  return `${hasher.digest().toString('base64')}-${parts.length}`;
}
