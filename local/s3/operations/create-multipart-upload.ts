// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html

import { findChecksumAlgorithm, supportsFullObject } from '../checksums/checksum-algorithms.ts';
import type { UploadChecksum } from '../multipart-uploads.ts';
import { encryptionHeaders, readDescription } from '../object-details.ts';
import { headerOf, type ObjectCall, sendXml } from '../s3-call.ts';
import { invalidRequest, S3Error } from '../s3-error.ts';
import { DEFAULT_ALGORITHM } from './put-object.ts';

/**
 * CRC64NVME is always of the full object, SHA and MD5 always composite, CRC32 and CRC32C composite unless asked otherwise.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
function readUploadChecksum(call: ObjectCall): UploadChecksum {
  const name = headerOf(call, 'x-amz-checksum-algorithm');
  const type = headerOf(call, 'x-amz-checksum-type')?.toUpperCase();
  if (type !== undefined && type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw invalidRequest('Value for x-amz-checksum-type header is invalid.');
  }
  if (name === undefined) {
    if (type === undefined) return { algorithm: DEFAULT_ALGORITHM, type: 'FULL_OBJECT', isDeclared: false };
    throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
  }
  const algorithm = findChecksumAlgorithm(name);
  if (algorithm === undefined) {
    throw invalidRequest('Checksum algorithm provided is unsupported. Please try again with any of the valid types');
  }
  const fallback = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
  const isPossible =
    type === 'FULL_OBJECT' ? supportsFullObject(algorithm) : algorithm !== 'CRC64NVME' || type === undefined;
  if (!isPossible) {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type: type ?? fallback, isDeclared: true };
}

export async function createMultipartUpload(call: ObjectCall): Promise<void> {
  for (const header of ['if-match', 'if-none-match']) {
    if (headerOf(call, header) !== undefined) throw new S3Error('NotImplemented', { details: { Header: header } });
  }
  const description = readDescription(call);
  const checksum = readUploadChecksum(call);
  const { bucket, key } = call;
  const upload = call.state.uploads.create({ bucket, key, description, checksum, initiated: call.state.now() });
  const headers = {
    ...encryptionHeaders(description.attributes),
    ...(checksum.isDeclared
      ? { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type }
      : {}),
  };
  for (const [name, value] of Object.entries(headers)) call.response.setHeader(name, String(value));
  sendXml(call, [
    'InitiateMultipartUploadResult',
    [
      ['Bucket', bucket],
      ['Key', key],
      ['UploadId', upload.uploadId],
    ],
  ]);
}
