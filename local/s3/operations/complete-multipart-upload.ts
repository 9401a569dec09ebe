// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
// The checks are those that S3 documents, in this order: the document, the order of the parts, each part, sizes, the whole's checksum and
// size, and last, in one step with the commit, the conditions. Whatever fails leaves the upload as it was.

import { createHash } from 'node:crypto';
import { readChecksumHeader } from '../body-claims.ts';
import { type Checksum, combineChecksums, composeChecksums } from '../checksums/checksum-algorithms.ts';
import { type CompletedPart, readCompletedParts } from '../completed-parts.ts';
import type { MultipartUpload, UploadedPart } from '../multipart-uploads.ts';
import { checksumAttributes, encryptionHeaders, isKmsEncrypted } from '../object-details.ts';
import { writeConditions } from '../preconditions.ts';
import { receiveDocument } from '../receive-body.ts';
import { headerOf, type ObjectCall, sendXml } from '../s3-call.ts';
import { invalidRequest, S3Error } from '../s3-error.ts';
import { partSummaryAttributes } from './part-summaries.ts';
import { etagOf } from './put-object.ts';
import { uploadIdentity } from './upload-part.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 1024 * 1024;

function choosePart(upload: MultipartUpload, claim: CompletedPart): UploadedPart {
  const part = upload.parts.get(claim.partNumber);
  const isSame =
    part?.etag === claim.etag && claim.checksums.every(sum => part.checksums.get(sum.algorithm) === sum.base64);
  if (part === undefined || !isSame) {
    throw new S3Error('InvalidPart', {
      details: { UploadId: upload.uploadId, PartNumber: String(claim.partNumber), ETag: claim.etag },
    });
  }
  const { algorithm, isDeclared, type } = upload.checksum;
  if (isDeclared && type === 'COMPOSITE' && !claim.checksums.some(sum => sum.algorithm === algorithm)) {
    throw invalidRequest(
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${claim.partNumber} in the request.`,
    );
  }
  return part;
}

function checkOrder(upload: MultipartUpload, claims: readonly CompletedPart[]): void {
  claims.forEach((claim, index) => {
    const previous = claims[index - 1]?.partNumber ?? 0;
    const isAscending = claim.partNumber > previous;
    // With a checksum, parts are numbered 1, 2, 3, …
    if (!isAscending || (upload.checksum.isDeclared && claim.partNumber !== index + 1))
      throw new S3Error('InvalidPartOrder');
  });
}

function checkSizes(call: ObjectCall, parts: readonly UploadedPart[]): void {
  const small = parts.slice(0, -1).find(part => part.sizeBytes < MIN_PART_BYTES);
  if (small !== undefined) {
    throw new S3Error('EntityTooSmall', {
      details: {
        ProposedSize: String(small.sizeBytes),
        MinSizeAllowed: String(MIN_PART_BYTES),
        PartNumber: String(small.partNumber),
        ETag: small.etag,
      },
    });
  }
  const expected = headerOf(call, 'x-amz-mp-object-size');
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (expected === undefined || expected === String(sizeBytes)) return;
  throw invalidRequest(
    `The provided 'x-amz-mp-object-size' header value ${expected} does not match what was computed: ${sizeBytes}`,
  );
}

function wholeChecksum(upload: MultipartUpload, parts: readonly UploadedPart[]): Checksum {
  const { algorithm, type } = upload.checksum;
  const values = parts.map(part => ({ base64: part.checksums.get(algorithm) ?? '', sizeBytes: part.sizeBytes }));
  const base64 = type === 'FULL_OBJECT' ? combineChecksums(algorithm, values) : composeChecksums(algorithm, values);
  return { algorithm, base64 };
}

function checkWhole(call: ObjectCall, upload: MultipartUpload, whole: Checksum): void {
  const type = headerOf(call, 'x-amz-checksum-type');
  if (type !== undefined && type.toUpperCase() !== upload.checksum.type) {
    throw new S3Error('BadDigest', { message: `The checksum type of the upload is ${upload.checksum.type}.` });
  }
  const claimed = readChecksumHeader(call, { isComposite: true });
  if (claimed === undefined) return;
  const isSame =
    claimed.algorithm === whole.algorithm &&
    (claimed.base64 === whole.base64 || claimed.base64 === whole.base64.replace(/-\d+$/, ''));
  if (!isSame) {
    throw new S3Error('BadDigest', {
      message: `The ${claimed.algorithm} you specified did not match the calculated checksum.`,
    });
  }
}

export async function completeMultipartUpload(call: ObjectCall): Promise<void> {
  const identity = uploadIdentity(call);
  call.state.uploads.get(identity);
  const accept = writeConditions(call);
  // The checksum headers of this request are about the object, not about its body.
  const claims = readCompletedParts(await receiveDocument(call, { ignoresChecksumHeaders: true }));
  const { etag, attributes, checksum, type } = await call.state.uploads.complete(identity, async upload => {
    checkOrder(upload, claims);
    const parts = claims.map(claim => choosePart(upload, claim));
    checkSizes(call, parts);
    const whole = wholeChecksum(upload, parts);
    checkWhole(call, upload, whole);
    const { description } = upload;
    const md5 = createHash('md5');
    for (const part of parts) md5.update(part.digest);
    const isOpaque = call.state.kmsEtags && isKmsEncrypted(description.attributes);
    const details = {
      ...description,
      etag: `${etagOf(md5.digest(), { isOpaque })}-${parts.length}`,
      attributes: {
        ...description.attributes,
        ...checksumAttributes(whole, upload.checksum.type),
        'parts-count': String(parts.length),
        ...(upload.checksum.type === 'COMPOSITE' ? partSummaryAttributes(summarize(upload, parts)) : {}),
      },
    };
    await call.store.commit(
      call.key,
      parts.map(part => part.staged),
      details,
      accept,
    );
    return { etag: details.etag, attributes: details.attributes, checksum: whole, type: upload.checksum.type };
  });
  for (const [name, value] of Object.entries(encryptionHeaders(attributes)))
    call.response.setHeader(name, String(value));
  sendXml(call, [
    'CompleteMultipartUploadResult',
    [
      ['Location', `http://${call.request.headers.host ?? ''}/${call.bucket}/${encodeURIComponent(call.key)}`],
      ['Bucket', call.bucket],
      ['Key', call.key],
      ['ETag', `"${etag}"`],
      [`Checksum${checksum.algorithm}`, checksum.base64],
      ['ChecksumType', type],
    ],
  ]);
}

function summarize(upload: MultipartUpload, parts: readonly UploadedPart[]) {
  return parts.map(({ partNumber, sizeBytes, checksums }) => ({
    partNumber,
    sizeBytes,
    base64: checksums.get(upload.checksum.algorithm) ?? '',
  }));
}
