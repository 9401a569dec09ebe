// One version of a source object, and what the destination remembers of it, for tests of pure rules.

import type { DestinationObject } from '../../../../aws-worker/transfer/object-destination.ts';
import type { SourceObject } from '../../../../aws-worker/transfer/object-source.ts';
import { recordOf } from '../../../../aws-worker/transfer/source-version.ts';

const MD5 = '0CC175B9C0F1B6A831C399E269772661';

export function sourceObject(change: Partial<SourceObject> = {}): SourceObject {
  return {
    key: 'a',
    sizeBytes: 1,
    etag: MD5,
    lastModified: 'Thu, 01 Jan 2026 00:00:01 GMT',
    crc64: 3_808_858_755_133_389_113n,
    type: 'Normal',
    headers: { contentType: 'text/plain' },
    metadata: { owner: 'Zoë' },
    tagCount: 0,
    storageClass: 'Standard',
    ...change,
  };
}

/** What the destination is after this version was copied to it. */
export function copyOf(source: SourceObject, change: Partial<DestinationObject> = {}): DestinationObject {
  return {
    key: source.key,
    sizeBytes: source.sizeBytes,
    etag: 'etag-at-s3',
    crc32: undefined,
    record: recordOf(source, { backfill: undefined, crc32: undefined }),
    ...change,
  };
}
