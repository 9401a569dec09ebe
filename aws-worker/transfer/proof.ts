// The proof that the bytes in hand are the source's, before anything is completed at the destination.

import { BridgeError } from '../../shared/bridge-error.ts';
import { md5OfEtag } from './decide.ts';
import type { SourceObject } from './object-source.ts';

export type Proof = 'crc64' | 'md5' | 'none';

/** What can prove this version: OSS's CRC-64; without one its ETag, if that is an MD5. */
export function proofOf(source: SourceObject): Proof {
  if (source.crc64 !== undefined) return 'crc64';
  return md5OfEtag(source) === undefined ? 'none' : 'md5';
}

/** @throws BridgeError retryable `source-checksum-mismatch`: the bytes that arrived are not the object that OSS described */
export function prove(
  source: SourceObject,
  computed: { readonly crc64: bigint; readonly md5: string | undefined },
): Proof {
  const proof = proofOf(source);
  const isProven =
    proof === 'none' || (proof === 'crc64' ? computed.crc64 === source.crc64 : computed.md5 === md5OfEtag(source));
  if (isProven) return proof;
  throw new BridgeError({
    kind: 'retryable',
    code: 'source-checksum-mismatch',
    message:
      proof === 'crc64'
        ? `The bytes read have the CRC-64 ${computed.crc64}, OSS says ${source.crc64}: damaged on the way, or overwritten while being read. Nothing was written.`
        : 'The bytes read do not have the MD5 that OSS says: damaged on the way, or overwritten while being read. Nothing was written.',
    key: source.key,
  });
}
