// Reads a body to its end, hashing on the way, and proves it against what the client claimed. Memory: one network chunk, plus what the
// store keeps; the next chunk is not read before the store took the last.

import { createHash } from 'node:crypto';
import type { StagedBytes } from '../store/object-store.ts';
import { type BodyClaims, checkChecksumValue, readBodyClaims } from './body-claims.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumHeader,
  createChecksumHasher,
} from './checksums/checksum-algorithms.ts';
import type { BucketCall, S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';

const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;
/** A single PUT and a single part. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;

const NO_CLAIMS: BodyClaims = { contentMd5: undefined, checksum: undefined, trailerAlgorithm: undefined };

export interface ReceivedBody {
  readonly sizeBytes: number;
  readonly md5: Buffer;
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

async function consume(options: {
  call: S3Call;
  claims: BodyClaims;
  algorithms: readonly ChecksumAlgorithm[];
  sink: (bytes: Uint8Array) => Promise<void>;
}): Promise<ReceivedBody> {
  const { call, claims, sink } = options;
  const claimed = claims.checksum?.algorithm ?? claims.trailerAlgorithm;
  const algorithms = new Set([...(claimed === undefined ? [] : [claimed]), ...options.algorithms]);
  const hashers = [...algorithms].map(algorithm => ({ algorithm, hasher: createChecksumHasher(algorithm) }));
  const md5 = createHash('md5');
  let sizeBytes = 0;
  for await (const bytes of call.body.read()) {
    sizeBytes += bytes.length;
    md5.update(bytes);
    for (const { hasher } of hashers) hasher.update(bytes);
    await sink(bytes);
  }
  const received: ReceivedBody = {
    sizeBytes,
    md5: md5.digest(),
    checksums: new Map(hashers.map(({ algorithm, hasher }) => [algorithm, hasher.digest().toString('base64')])),
  };
  if (claims.contentMd5 !== undefined && claims.contentMd5 !== received.md5.toString('base64')) {
    throw badDigest('Content-MD5');
  }
  const checksum = claimedChecksum(call, claims);
  if (checksum !== undefined && received.checksums.get(checksum.algorithm) !== checksum.base64) {
    throw badDigest(checksum.algorithm);
  }
  return received;
}

/** Receives an object's or a part's bytes. Whoever calls this commits or discards `staged`; on a failure it is discarded here. */
export async function receiveStage(
  call: BucketCall,
  options: { claims: BodyClaims; algorithms: readonly ChecksumAlgorithm[] },
): Promise<ReceivedStage> {
  if (call.body.declaredBytes > MAX_BODY_BYTES) {
    throw new S3Error('EntityTooLarge', {
      details: { ProposedSize: String(call.body.declaredBytes), MaxSizeAllowed: String(MAX_BODY_BYTES) },
    });
  }
  const staged = await call.store.stage();
  try {
    const received = await consume({ call, ...options, sink: bytes => staged.write(bytes) });
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
    sink: async bytes => {
      chunks.push(bytes);
    },
  });
  return Buffer.concat(chunks).toString('utf8');
}
