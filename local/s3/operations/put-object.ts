// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html

import { randomBytes } from 'node:crypto';
import { readBodyClaims } from '../body-claims.ts';
import type { ChecksumAlgorithm } from '../checksums/checksum-algorithms.ts';
import {
  checksumAttributes,
  checksumHeaders,
  encryptionHeaders,
  isKmsEncrypted,
  readDescription,
} from '../object-details.ts';
import { writeConditions } from '../preconditions.ts';
import { receiveStage } from '../receive-body.ts';
import type { ObjectCall } from '../s3-call.ts';

/** What S3 computes by itself when a client names no checksum. */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME';

/** Under a KMS key an ETag is no digest of the bytes. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html (ETag) */
export function etagOf(digest: Buffer, options: { isOpaque: boolean }): string {
  return (options.isOpaque ? randomBytes(16) : digest).toString('hex');
}

export async function putObject(call: ObjectCall): Promise<void> {
  const accept = writeConditions(call);
  const description = readDescription(call);
  const claims = readBodyClaims(call);
  const algorithm = claims.checksum?.algorithm ?? claims.trailerAlgorithm ?? DEFAULT_ALGORITHM;
  const received = await receiveStage(call, { claims, algorithms: [algorithm] });
  const checksum = { algorithm, base64: received.checksums.get(algorithm) ?? '' };
  const attributes = { ...description.attributes, ...checksumAttributes(checksum, 'FULL_OBJECT') };
  const etag = etagOf(received.digest, { isOpaque: call.state.kmsEtags && isKmsEncrypted(attributes) });
  try {
    await call.store.commit(call.key, [received.staged], { ...description, attributes, etag }, accept);
  } finally {
    await received.staged.discard();
  }
  call.response.writeHead(200, {
    etag: `"${etag}"`,
    'content-length': 0,
    ...checksumHeaders(attributes),
    ...encryptionHeaders(attributes),
  });
  call.response.end();
}
