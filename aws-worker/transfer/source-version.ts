// Which version of the source was copied: what is recorded at the destination, and when two looks saw the same.

import { createHash } from 'node:crypto';
import type { SourceRecord } from './object-destination.ts';
import type { SourceObject } from './object-source.ts';

const HASH_CHARACTERS = 22;

/** A hash of the headers and user metadata that are carried over. Part of a recorded format: it must never change. */
export function metadataHash(source: Pick<SourceObject, 'headers' | 'metadata'>): string {
  const { contentType, cacheControl, contentEncoding, contentLanguage, contentDisposition, expires } = source.headers;
  const headers = [contentType, cacheControl, contentEncoding, contentLanguage, contentDisposition, expires];
  const metadata = Object.entries(source.metadata).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const canonical = JSON.stringify([headers.map(value => value ?? null), metadata]);
  return createHash('sha256').update(canonical).digest('base64url').slice(0, HASH_CHARACTERS);
}

export function recordOf(
  source: SourceObject,
  { backfill, crc32 }: { readonly backfill: string | undefined; readonly crc32: number | undefined },
): SourceRecord {
  return {
    etag: source.etag,
    lastModified: source.lastModified,
    crc64: source.crc64?.toString(),
    crc32,
    metadataHash: metadataHash(source),
    backfill,
  };
}

/** Whether two looks at the source saw one version. ETags alone miss A-B-A and a change of metadata. */
export function isSameVersion(a: SourceObject, b: SourceObject): boolean {
  return (
    a.etag === b.etag &&
    a.sizeBytes === b.sizeBytes &&
    a.lastModified === b.lastModified &&
    a.crc64 === b.crc64 &&
    metadataHash(a) === metadataHash(b)
  );
}
