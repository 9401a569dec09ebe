// What to do about one key, from one look at each side. Pure: the effects are in reconcile.ts.

import type { DestinationObject, WriteCondition } from './object-destination.ts';
import type { SourceObject } from './object-source.ts';
import { metadataHash } from './source-version.ts';

/** `live` and `missing` copy what differs; `all` copies what this very backfill has not copied yet. */
export type ReconcileMode = 'live' | 'missing' | 'all';

export type Decision =
  | { readonly action: 'skip'; readonly outcome: 'skipped' | 'copied' }
  | { readonly action: 'copy'; readonly condition: WriteCondition };

export function decide(look: {
  readonly destination: DestinationObject | undefined;
  readonly source: SourceObject;
  readonly mode: ReconcileMode;
  readonly backfill: string | undefined;
}): Decision {
  const { destination, source, mode, backfill } = look;
  if (destination === undefined) return { action: 'copy', condition: { kind: 'empty' } };
  if (isEqual(destination, source)) {
    // A redelivery after a crash finds its own copy: it still counts as copied.
    const isOurs = backfill !== undefined && destination.record?.backfill === backfill;
    if (isOurs) return { action: 'skip', outcome: 'copied' };
    if (mode !== 'all') return { action: 'skip', outcome: 'skipped' };
  }
  return { action: 'copy', condition: { kind: 'etag', etag: destination.etag } };
}

/** By our record, if the destination's own checksum does not say that other bytes lie there; without one by size and MD5, where both ETags are MD5s. */
export function isEqual(destination: DestinationObject, source: SourceObject): boolean {
  if (destination.sizeBytes !== source.sizeBytes) return false;
  const { record } = destination;
  if (record === undefined) {
    const md5 = md5OfEtag(source);
    return md5 !== undefined && md5 === destination.etag.toLowerCase();
  }
  const hasOtherBytes =
    record.crc32 !== undefined && destination.crc32 !== undefined && record.crc32 !== destination.crc32;
  return (
    !hasOtherBytes &&
    record.etag === source.etag &&
    record.crc64 === source.crc64?.toString() &&
    record.metadataHash === metadataHash(source)
  );
}

/**
 * The MD5 that a source's ETag is, lower-case hex; undefined where it is none (multipart, appended, most copies).
 * https://www.alibabacloud.com/help/en/oss/developer-reference/putobject
 */
export function md5OfEtag(source: Pick<SourceObject, 'etag' | 'type'>): string | undefined {
  return source.type === 'Normal' && /^[0-9A-Fa-f]{32}$/.test(source.etag) ? source.etag.toLowerCase() : undefined;
}
