// What OSS, or S3, would say of an object of computed content. Checksums and ETag are computed when somebody looks at them: a page of a listing
// needs no checksum.

import { createHash } from 'node:crypto';
import { crc32ToBase64 } from '../../../shared/checksums/crc32.ts';
import { MEBIBYTE } from '../../../shared/limits.ts';
import type { StoredObject } from '../object-store.ts';
import { startOf } from './content-block.ts';
import { checksumsOf, type Extent, readExtents, totalLengthOf } from './extent.ts';

export interface ComputedDescription {
  readonly sizeBytes: number;
  /** Same seed, same content. Default: the key. */
  readonly seed?: string;
  /** Default: Normal up to 1 MiB, and Multipart above. Appendable has another ETag, and on OSS it can be appended to. */
  readonly type?: 'Appendable';
  /** Default: a Content-Type of application/octet-stream. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  /** As the cloud names it: Archive, GLACIER_IR, … Default: its standard one. */
  readonly storageClass?: string;
  readonly lastModified?: Date;
}

export type Cloud = 'oss' | 's3';

/** Above it, an ETag that is the MD5 of the content would cost more than to send it. */
const MAX_MD5_BYTES = MEBIBYTE;
/** The parts that a larger object pretends to have been uploaded in. */
const PART_BYTES = 8 * MEBIBYTE;
const MAX_PARTS = 10_000;

const HEADERS = { 'content-type': 'application/octet-stream' };

export interface ComputedObject {
  readonly object: StoredObject;
  readonly content: readonly Extent[];
}

/** `lastModified`: unless the description has one. */
export function computeObject(
  { key, cloud, lastModified }: { readonly key: string; readonly cloud: Cloud; readonly lastModified: Date },
  description: ComputedDescription,
): ComputedObject {
  const { seed = key, sizeBytes } = description;
  const start = startOf(seed);
  const content: readonly Extent[] = [{ kind: 'computed', start, end: start + sizeBytes }];
  const digest = once(() => digestOf(content, seed));
  const etag = once(() => (cloud === 'oss' ? ossEtag(digest(), description) : s3Etag(digest(), sizeBytes)));
  const attributes = once(() =>
    cloud === 'oss' ? ossAttributes({ content, digest }, description) : s3Attributes(content, description),
  );
  return {
    content,
    object: {
      key,
      sizeBytes,
      lastModified: description.lastModified ?? lastModified,
      headers: description.headers ?? HEADERS,
      metadata: description.metadata ?? {},
      tags: description.tags ?? {},
      get etag() {
        return etag();
      },
      get attributes() {
        return attributes();
      },
    },
  };
}

function ossEtag(digest: Buffer, { sizeBytes, type }: ComputedDescription): string {
  const hex = digest.toString('hex').toUpperCase();
  return type === 'Appendable' ? `${hex.slice(0, 24)}00000000` : hex + etagEnding(sizeBytes);
}

function ossAttributes(
  { content, digest }: { readonly content: readonly Extent[]; readonly digest: () => Buffer },
  { sizeBytes, storageClass, ...description }: ComputedDescription,
): Record<string, string> {
  const type = description.type ?? (hasMd5(sizeBytes) ? 'Normal' : 'Multipart');
  return {
    ...(storageClass === undefined ? {} : { 'storage-class': storageClass }),
    type,
    crc64: String(checksumsOf(content).crc64),
    ...(type === 'Normal' ? { 'content-md5': digest().toString('base64') } : {}),
    ...(type === 'Appendable' ? { 'next-append-position': String(sizeBytes) } : {}),
  };
}

function s3Etag(digest: Buffer, sizeBytes: number): string {
  return digest.toString('hex') + etagEnding(sizeBytes);
}

function s3Attributes(
  content: readonly Extent[],
  { sizeBytes, storageClass = 'STANDARD' }: ComputedDescription,
): Record<string, string> {
  return {
    'storage-class': storageClass,
    'server-side-encryption': 'AES256',
    'checksum-crc32': crc32ToBase64(checksumsOf(content).crc32),
    'checksum-type': 'FULL_OBJECT',
    ...(hasMd5(sizeBytes) ? {} : { 'parts-count': String(partCountOf(sizeBytes)) }),
  };
}

function hasMd5(sizeBytes: number): boolean {
  return sizeBytes <= MAX_MD5_BYTES;
}

/** The MD5 where an ETag would be one, else 16 bytes that stand for the digest of the parts' digests. */
function digestOf(content: readonly Extent[], seed: string): Buffer {
  const sizeBytes = totalLengthOf(content);
  const hash = createHash('md5');
  if (!hasMd5(sizeBytes)) return hash.update(`${sizeBytes}:${seed}`).digest();
  for (const bytes of readExtents(content, { start: 0, end: sizeBytes })) hash.update(bytes);
  return hash.digest();
}

function etagEnding(sizeBytes: number): string {
  return hasMd5(sizeBytes) ? '' : `-${partCountOf(sizeBytes)}`;
}

function partCountOf(sizeBytes: number): number {
  return Math.min(Math.ceil(sizeBytes / PART_BYTES), MAX_PARTS);
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
