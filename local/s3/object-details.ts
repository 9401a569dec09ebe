// From the headers of a PutObject, CopyObject or CreateMultipartUpload to what is stored, and back to the headers of an answer.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html

import type { OutgoingHttpHeaders } from 'node:http';
import type { ObjectDetails, StoredObject } from '../store/object-store.ts';
import {
  CHECKSUM_ALGORITHMS,
  type Checksum,
  type ChecksumType,
  checksumHeader,
} from './checksums/checksum-algorithms.ts';
import { decodeHeader, decodeRfc2047, encodeHeader, encodeRfc2047 } from './header-text.ts';
import { readTagsHeader } from './object-tags.ts';
import { headerOf, type S3Call } from './s3-call.ts';
import { invalidArgument, S3Error } from './s3-error.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA_BYTES = 2048;
const METADATA_PREFIX = 'x-amz-meta-';
const SYSTEM_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const STORAGE_CLASSES = new Set([
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
  'REDUCED_REDUNDANCY',
]);
const ENCRYPTIONS = new Set(['AES256', 'aws:kms', 'aws:kms:dsse']);
const CANNED_ACLS = new Set([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
]);
/** They would change what is stored or who may read it; none may be passed over in silence. */
const NOT_COVERED =
  /^x-amz-(grant-|object-lock-|website-redirect-location$|write-offset-bytes$|server-side-encryption-customer-|server-side-encryption-context$|copy-source-server-side-)/;

export type DescribedObject = Omit<ObjectDetails, 'etag'>;

export function refuseUncoveredHeaders(call: Pick<S3Call, 'request'>): void {
  const header = Object.keys(call.request.headers).find(name => NOT_COVERED.test(name));
  if (header !== undefined) throw new S3Error('NotImplemented', { details: { Header: header } });
}

function readMetadata(call: S3Call): Record<string, string> {
  const pairs: [string, string][] = [];
  let sizeBytes = 0;
  for (const [header, value] of Object.entries(call.request.headers)) {
    if (!header.startsWith(METADATA_PREFIX) || typeof value !== 'string') continue;
    const name = header.slice(METADATA_PREFIX.length);
    sizeBytes += name.length + value.length;
    pairs.push([name, decodeRfc2047(decodeHeader(value))]);
  }
  if (sizeBytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', {
      details: { Size: String(sizeBytes), MaxSizeAllowed: String(MAX_METADATA_BYTES) },
    });
  }
  return Object.fromEntries(pairs);
}

function readSystemHeaders(call: S3Call): Record<string, string> {
  const pairs = SYSTEM_HEADERS.flatMap((name): [string, string][] => {
    const value = headerOf(call, name);
    if (value === undefined) return [];
    if (name !== 'content-encoding') return [[name, value]];
    // `aws-chunked` is how the body travelled, not what the object is.
    const encodings = value.split(',').map(part => part.trim());
    const kept = encodings.filter(encoding => encoding.toLowerCase() !== 'aws-chunked' && encoding !== '');
    return kept.length === 0 ? [] : [[name, kept.length === encodings.length ? value : kept.join(',')]];
  });
  return Object.fromEntries(pairs);
}

function readEncryption(call: S3Call): Record<string, string> {
  const encryption = headerOf(call, 'x-amz-server-side-encryption') ?? 'AES256';
  if (!ENCRYPTIONS.has(encryption)) {
    throw invalidArgument(
      'x-amz-server-side-encryption',
      encryption,
      'The encryption method specified is not supported',
    );
  }
  const keyId = headerOf(call, 'x-amz-server-side-encryption-aws-kms-key-id');
  if (encryption === 'AES256') {
    if (keyId === undefined) return { 'server-side-encryption': encryption };
    throw invalidArgument(
      'x-amz-server-side-encryption',
      encryption,
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    );
  }
  const bucketKey = headerOf(call, 'x-amz-server-side-encryption-bucket-key-enabled');
  return {
    'server-side-encryption': encryption,
    'kms-key-id': keyId ?? `arn:aws:kms:${call.state.region}:000000000000:alias/aws/s3`,
    ...(bucketKey === undefined ? {} : { 'bucket-key-enabled': bucketKey }),
  };
}

/** Storage class, encryption and ACL, which a CopyObject always takes from its request. */
export function readPlacement(call: S3Call): Record<string, string> {
  const storageClass = headerOf(call, 'x-amz-storage-class') ?? 'STANDARD';
  if (!STORAGE_CLASSES.has(storageClass)) {
    throw new S3Error('InvalidStorageClass', { details: { StorageClassRequested: storageClass } });
  }
  const acl = headerOf(call, 'x-amz-acl');
  if (acl !== undefined && !CANNED_ACLS.has(acl)) throw invalidArgument('x-amz-acl', acl, 'Invalid canned ACL');
  return { 'storage-class': storageClass, ...readEncryption(call), ...(acl === undefined ? {} : { acl }) };
}

export function readHeadersAndMetadata(call: S3Call): Pick<DescribedObject, 'headers' | 'metadata'> {
  return { headers: readSystemHeaders(call), metadata: readMetadata(call) };
}

/** Throws MetadataTooLarge, InvalidTag, InvalidStorageClass, InvalidArgument or NotImplemented. */
export function readDescription(call: S3Call): DescribedObject {
  refuseUncoveredHeaders(call);
  const tagging = headerOf(call, 'x-amz-tagging');
  return {
    ...readHeadersAndMetadata(call),
    tags: tagging === undefined ? {} : readTagsHeader(tagging),
    attributes: readPlacement(call),
  };
}

export function isKmsEncrypted(attributes: DescribedObject['attributes']): boolean {
  return attributes['server-side-encryption']?.startsWith('aws:kms') ?? false;
}

/** How a checksum is kept among the attributes. */
export function checksumAttributes(checksum: Checksum | undefined, type: ChecksumType): Record<string, string> {
  if (checksum === undefined) return {};
  return { [`checksum-${checksum.algorithm.toLowerCase()}`]: checksum.base64, 'checksum-type': type };
}

export function storedChecksum(attributes: DescribedObject['attributes']): (Checksum & { type: string }) | undefined {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const base64 = attributes[`checksum-${algorithm.toLowerCase()}`];
    if (base64 !== undefined) return { algorithm, base64, type: attributes['checksum-type'] ?? 'FULL_OBJECT' };
  }
  return undefined;
}

export function checksumHeaders(attributes: DescribedObject['attributes']): OutgoingHttpHeaders {
  const checksum = storedChecksum(attributes);
  if (checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.base64, 'x-amz-checksum-type': checksum.type };
}

export function encryptionHeaders(attributes: DescribedObject['attributes']): OutgoingHttpHeaders {
  const keyId = attributes['kms-key-id'];
  const bucketKey = attributes['bucket-key-enabled'];
  return {
    'x-amz-server-side-encryption': attributes['server-side-encryption'] ?? 'AES256',
    ...(keyId === undefined ? {} : { 'x-amz-server-side-encryption-aws-kms-key-id': keyId }),
    ...(bucketKey === undefined ? {} : { 'x-amz-server-side-encryption-bucket-key-enabled': bucketKey }),
  };
}

/** What a GET or HEAD says of an object, but for its length, range and checksum. */
export function objectHeaders(object: StoredObject): OutgoingHttpHeaders {
  const storageClass = object.attributes['storage-class'] ?? 'STANDARD';
  const tagCount = Object.keys(object.tags).length;
  const system = Object.entries(object.headers).map(([name, value]) => [name, encodeHeader(value)]);
  const metadata = Object.entries(object.metadata).map(([name, value]) => [
    METADATA_PREFIX + name,
    encodeRfc2047(value),
  ]);
  return {
    'content-type': 'binary/octet-stream',
    ...Object.fromEntries([...system, ...metadata]),
    etag: `"${object.etag}"`,
    'last-modified': object.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    ...encryptionHeaders(object.attributes),
    ...(storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': storageClass }),
    ...(tagCount === 0 ? {} : { 'x-amz-tagging-count': String(tagCount) }),
  };
}
