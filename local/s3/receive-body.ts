// Reads a body to its end, hashing on the way, and proves it against what the client claimed. Memory: one network chunk, plus what the
// store keeps; the next chunk is not read before the store took the last.

import { createHash } from 'node:crypto';
import { crc32ToBase64 } from '../../shared/checksums/crc32.ts';
import type { StagedBytes } from '../store/object-store.ts';
import { type BodyClaims, checkChecksumValue, readBodyClaims } from './body-claims.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumHasher,
  checksumHeader,
  createChecksumHasher,
} from './checksums/checksum-algorithms.ts';
import { checksumDigest } from './checksums/checksum-digest.ts';
import type { BucketCall, S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';

const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;
/** A single PUT and a single part. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;

const NO_CLAIMS: BodyClaims = { contentMd5: undefined, checksum: undefined, trailerAlgorithm: undefined };

export interface ReceivedBody {
  readonly sizeBytes: number;
  /** What the ETag is of: the MD5, or what stands for it. */
  readonly digest: Buffer;
  /** Of each algorithm that was claimed or asked for. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

export interface ReceivedStage extends ReceivedBody {
  readonly staged: StagedBytes;
}

function badDigest(name: string): S3Error {
  return new S3Error('BadDigest', { message: `The ${name} you specified did not match the calculated checksum.` });
}

function claimedChecksum(call: S3Call, claims: BodyClaims): Checksum | undefined {
  const algorithm = claims.trailerAlgorithm;
  if (algorithm === undefined) return claims.checksum;
  const base64 = call.body.trailer(checksumHeader(algorithm));
  if (base64 === undefined) throw new S3Error('MalformedTrailerError');
  checkChecksumValue(algorithm, base64);
  return { algorithm, base64 };
}

type Sink = Pick<StagedBytes, 'write' | 'checksums'>;

async function consume(options: {
  call: S3Call;
  claims: BodyClaims;
  algorithms: readonly ChecksumAlgorithm[];
  etagFrom?: 'md5' | 'crc32';
  sink: Sink;
}): Promise<ReceivedBody> {
  const { call, claims, sink } = options;
  const claimed = claims.checksum?.algorithm ?? claims.trailerAlgorithm;
  const algorithms = new Set([...(claimed === undefined ? [] : [claimed]), ...options.algorithms]);
  const hashers = [...algorithms].map(algorithm => ({
    algorithm,
    hasher: hasherOfSink(algorithm, sink) ?? createChecksumHasher(algorithm),
  }));
  const md5 = createHash('md5');
  const needsMd5 = options.etagFrom !== 'crc32' || sink.checksums === undefined || claims.contentMd5 !== undefined;
  let sizeBytes = 0;
  for await (const bytes of call.body.read()) {
    sizeBytes += bytes.length;
    if (needsMd5) md5.update(bytes);
    for (const { hasher } of hashers) hasher.update(bytes);
    await sink.write(bytes);
  }
  const md5Digest = md5.digest();
  if (claims.contentMd5 !== undefined && claims.contentMd5 !== md5Digest.toString('base64')) {
    throw badDigest('Content-MD5');
  }
  const checksums = new Map(hashers.map(({ algorithm, hasher }) => [algorithm, hasher.digest().toString('base64')]));
  const checksum = claimedChecksum(call, claims);
  if (checksum !== undefined && checksums.get(checksum.algorithm) !== checksum.base64) {
    throw badDigest(checksum.algorithm);
  }
  const isOfChecksum = options.etagFrom === 'crc32' && sink.checksums !== undefined;
  return { sizeBytes, digest: isOfChecksum ? checksumDigest({ ...sink.checksums, sizeBytes }) : md5Digest, checksums };
}

/** A store that computes the CRC-32 of what it is given need not be second to anybody. */
function hasherOfSink(algorithm: ChecksumAlgorithm, sink: Sink): ChecksumHasher | undefined {
  if (algorithm !== 'CRC32' || sink.checksums === undefined) return undefined;
  return {
    update: () => {},
    digest: () => Buffer.from(crc32ToBase64(sink.checksums?.crc32 ?? 0), 'base64'),
  };
}

/** Receives an object's or a part's bytes. Whoever calls this commits or discards `staged`; on a failure it is discarded here. */
export async function receiveStage(
  call: BucketCall,
  options: { claims: BodyClaims; algorithms: readonly ChecksumAlgorithm[]; etagFrom?: 'md5' | 'crc32' },
): Promise<ReceivedStage> {
  if (call.body.declaredBytes > MAX_BODY_BYTES) {
    throw new S3Error('EntityTooLarge', {
      details: { ProposedSize: String(call.body.declaredBytes), MaxSizeAllowed: String(MAX_BODY_BYTES) },
    });
  }
  const staged = await call.store.stage();
  try {
    const received = await consume({ call, ...options, sink: staged });
    return { ...received, staged };
  } catch (error) {
    await staged.discard();
    throw error;
  }
}

/**
 * Receives an XML document; an absent body is the empty text. `ignoresChecksumHeaders`: they are about something else than this body.
 */
export async function receiveDocument(
  call: S3Call,
  options: { ignoresChecksumHeaders?: boolean } = {},
): Promise<string> {
  const claims = options.ignoresChecksumHeaders === true ? NO_CLAIMS : readBodyClaims(call);
  if (call.body.declaredBytes > MAX_DOCUMENT_BYTES) throw new S3Error('MalformedXML');
  const chunks: Uint8Array[] = [];
  await consume({
    call,
    claims,
    algorithms: [],
    sink: {
      write: async bytes => {
        chunks.push(bytes);
      },
    },
  });
  return Buffer.concat(chunks).toString('utf8');
}
