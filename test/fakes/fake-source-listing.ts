// Lists a fake source in order of UTF-8 bytes, in pages as short as a test wants them.

import type { SourceListing } from '../../aws-worker/backfill/source-listing.ts';
import { cancelledBy } from '../../shared/bridge-error.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import type { FakeObjectSource } from './fake-object-source.ts';

export function createFakeSourceListing(
  source: Pick<FakeObjectSource, 'keys' | 'current'>,
  { maxPageObjects }: { readonly maxPageObjects: number },
): SourceListing {
  return {
    async list({ prefix, startAfter, limit, signal }) {
      if (signal.aborted) throw cancelledBy(signal);
      const keys = source.keys
        .filter(key => key.startsWith(prefix) && compareUtf8(key, startAfter) > 0)
        .sort(compareUtf8);
      const listed = keys.slice(0, Math.min(limit, maxPageObjects)).flatMap(key => {
        const object = source.current(key)?.object;
        if (object === undefined) return [];
        const { sizeBytes, etag, lastModified, storageClass, type } = object;
        return [{ key, sizeBytes, etag, lastModified: new Date(lastModified), storageClass, type }];
      });
      return { objects: listed, isTruncated: listed.length < keys.length };
    },
  };
}
