// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html

import { type BodyClaims, readBodyClaims } from '../body-claims.ts';
import { checksumHeader } from '../checksums/checksum-algorithms.ts';
import type { UploadChecksum, UploadIdentity } from '../multipart-uploads.ts';
import { encryptionHeaders, isKmsEncrypted, refuseUncoveredHeaders } from '../object-details.ts';
import { receiveStage } from '../receive-body.ts';
import { type ObjectCall, queryOf } from '../s3-call.ts';
import { invalidArgument, invalidRequest } from '../s3-error.ts';
import { etagOf } from './put-object.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PART_NUMBER = 10_000;

export function uploadIdentity(call: ObjectCall): UploadIdentity {
  return { bucket: call.bucket, key: call.key, uploadId: queryOf(call, 'uploadId') ?? '' };
}

function readPartNumber(call: ObjectCall): number {
  const text = queryOf(call, 'partNumber') ?? '';
  const partNumber = Number(text);
  if (/^\d+$/.test(text) && partNumber >= 1 && partNumber <= MAX_PART_NUMBER) return partNumber;
  throw invalidArgument(
    'partNumber',
    text,
    `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`,
  );
}

/**
 * Parts of a composite must come with their checksum; of a full-object type S3 computes what is missing. Where the upload named no
 * algorithm, a part may have any.
 */
function checkClaims(upload: UploadChecksum, claims: BodyClaims): void {
  const claimed = claims.checksum?.algorithm ?? claims.trailerAlgorithm;
  if (!upload.isDeclared || claimed === upload.algorithm) return;
  if (claimed === undefined && upload.type === 'FULL_OBJECT') return;
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${claimed?.toLowerCase() ?? 'null'}`,
  );
}

export async function uploadPart(call: ObjectCall): Promise<void> {
  refuseUncoveredHeaders(call);
  const partNumber = readPartNumber(call);
  const identity = uploadIdentity(call);
  const { checksum, description } = call.state.uploads.get(identity);
  const claims = readBodyClaims(call);
  checkClaims(checksum, claims);
  const { partEtags: etagFrom = 'md5' } = call.store;
  const received = await receiveStage(call, { claims, algorithms: [checksum.algorithm], etagFrom });
  const etag = etagOf(received.digest, { isOpaque: call.state.kmsEtags && isKmsEncrypted(description.attributes) });
  try {
    await call.state.uploads.addPart(identity, { ...received, partNumber, etag, lastModified: call.state.now() });
  } catch (error) {
    await received.staged.discard();
    throw error;
  }
  const shown = claims.checksum?.algorithm ?? claims.trailerAlgorithm ?? checksum.algorithm;
  call.response.writeHead(200, {
    etag: `"${etag}"`,
    'content-length': 0,
    [checksumHeader(shown)]: received.checksums.get(shown),
    ...encryptionHeaders(description.attributes),
  });
  call.response.end();
}

export async function abortMultipartUpload(call: ObjectCall): Promise<void> {
  await call.state.uploads.abort(uploadIdentity(call));
  call.response.writeHead(204);
  call.response.end();
}
