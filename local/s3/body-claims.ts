// What a client claims about its body: Content-MD5 and at most one checksum, in a header or in a trailer.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html

import {
  CHECKSUM_ALGORITHMS,
  type Checksum,
  type ChecksumAlgorithm,
  checksumHeader,
  findChecksumAlgorithm,
  isChecksumValue,
} from './checksums/checksum-algorithms.ts';
import { headerOf, type S3Call } from './s3-call.ts';
import { invalidRequest, S3Error } from './s3-error.ts';

const CHECKSUM_PREFIX = 'x-amz-checksum-';
/** They share the prefix but carry no value. */
const NOT_VALUES = new Set(['algorithm', 'type', 'mode']);

export interface BodyClaims {
  /** Base64. */
  readonly contentMd5: string | undefined;
  readonly checksum: Checksum | undefined;
  /** The value comes after the body. */
  readonly trailerAlgorithm: ChecksumAlgorithm | undefined;
}

export function checkChecksumValue(algorithm: ChecksumAlgorithm, value: string): void {
  if (!isChecksumValue(algorithm, value)) {
    throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
}

/** The one `x-amz-checksum-*` header with a value. `isComposite` lets `…=-3` pass, unchecked. */
export function readChecksumHeader(
  call: Pick<S3Call, 'request'>,
  options: { isComposite?: boolean } = {},
): Checksum | undefined {
  const names = Object.keys(call.request.headers)
    .filter(name => name.startsWith(CHECKSUM_PREFIX))
    .map(name => name.slice(CHECKSUM_PREFIX.length))
    .filter(name => !NOT_VALUES.has(name));
  const [name] = names;
  if (name === undefined) return undefined;
  if (names.length > 1) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const algorithm = findChecksumAlgorithm(name);
  if (algorithm === undefined) throw new S3Error('NotImplemented', { details: { Header: CHECKSUM_PREFIX + name } });
  const base64 = headerOf(call, CHECKSUM_PREFIX + name) ?? '';
  if (!(options.isComposite === true && /-\d+$/.test(base64))) checkChecksumValue(algorithm, base64);
  return { algorithm, base64 };
}

function readTrailerAlgorithm(call: S3Call): ChecksumAlgorithm | undefined {
  const trailer = headerOf(call, 'x-amz-trailer')?.toLowerCase();
  if (!call.body.hasTrailer) {
    if (trailer === undefined) return undefined;
    throw invalidRequest('x-amz-trailer needs a STREAMING- payload with a trailer.');
  }
  const algorithm = CHECKSUM_ALGORITHMS.find(candidate => checksumHeader(candidate) === trailer);
  if (algorithm === undefined) throw new S3Error('MalformedTrailerError');
  return algorithm;
}

/** To be called before the body is read. Throws InvalidDigest, InvalidRequest or MalformedTrailerError. */
export function readBodyClaims(call: S3Call): BodyClaims {
  const contentMd5 = headerOf(call, 'content-md5');
  if (contentMd5 !== undefined && !isChecksumValue('MD5', contentMd5)) {
    throw new S3Error('InvalidDigest', { details: { 'Content-MD5': contentMd5 } });
  }
  const checksum = readChecksumHeader(call);
  const trailerAlgorithm = readTrailerAlgorithm(call);
  if (checksum !== undefined && trailerAlgorithm !== undefined) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const announced = headerOf(call, 'x-amz-sdk-checksum-algorithm');
  const given = checksum?.algorithm ?? trailerAlgorithm;
  if (announced !== undefined && given === undefined) {
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (announced !== undefined && announced.toUpperCase() !== given) {
    throw invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
  return { contentMd5, checksum, trailerAlgorithm };
}
