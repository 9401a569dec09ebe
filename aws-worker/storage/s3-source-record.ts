// What we remember of the source, as user metadata of the destination. Names that begin with `bridge-` are ours alone: the source's own
// metadata of such a name is not carried over, so that nobody who can write to the source can make an old copy pass for a new one.

import { crc32FromBase64, crc32ToBase64 } from '../../shared/checksums/crc32.ts';
import type { SourceRecord } from '../transfer/object-destination.ts';
import { decodeHeaderText } from './s3-encoded-word.ts';

export const RESERVED_METADATA_PREFIX = 'bridge-';

const ETAG = 'bridge-etag';
const MODIFIED = 'bridge-modified';
const CRC64 = 'bridge-crc64';
const CRC32 = 'bridge-crc32';
const METADATA_HASH = 'bridge-metadata';
const BACKFILL = 'bridge-backfill';

export function isReservedMetadataName(name: string): boolean {
  return name.toLowerCase().startsWith(RESERVED_METADATA_PREFIX);
}

/** Names without `x-amz-meta-`. */
export function metadataOfRecord(record: SourceRecord): Record<string, string> {
  return {
    [ETAG]: record.etag,
    [MODIFIED]: record.lastModified,
    ...(record.crc64 === undefined ? {} : { [CRC64]: record.crc64 }),
    ...(record.crc32 === undefined ? {} : { [CRC32]: crc32ToBase64(record.crc32) }),
    [METADATA_HASH]: record.metadataHash,
    ...(record.backfill === undefined ? {} : { [BACKFILL]: record.backfill }),
  };
}

/** Undefined unless the record is whole: half of one proves nothing. */
export function recordOfMetadata(metadata: Readonly<Record<string, string>> | undefined): SourceRecord | undefined {
  const value = (name: string): string | undefined => {
    const text = metadata?.[name];
    return text === undefined || text === '' ? undefined : decodeHeaderText(text);
  };
  const etag = value(ETAG);
  const lastModified = value(MODIFIED);
  const metadataHash = value(METADATA_HASH);
  if (etag === undefined || lastModified === undefined || metadataHash === undefined) return undefined;
  const checksum = value(CRC32);
  const crc32 = checksum === undefined ? undefined : crc32FromBase64(checksum);
  return { etag, lastModified, crc64: value(CRC64), crc32, metadataHash, backfill: value(BACKFILL) };
}
