import { sourceChanged } from './moved-errors.ts';
import type { ObjectDescription } from './object-destination.ts';
import type { SourceObject } from './object-source.ts';
import { recordOf } from './source-version.ts';
import type { TransferContext } from './transfer-context.ts';

/**
 * Everything that goes along with the bytes. Tags cost a request of their own, and only where there are any.
 * @throws BridgeError retryable `source-changed` when they are another version's; else as the port says
 */
export async function describeObject(
  context: TransferContext,
  source: SourceObject,
  options: {
    readonly backfill: string | undefined;
    /** Of the bytes, where they are known already. */
    readonly crc32?: number;
    readonly signal: AbortSignal;
  },
): Promise<ObjectDescription> {
  const hasTags = context.settings.copyTags && source.tagCount > 0;
  const tags = hasTags ? await context.source.tags(source.key, { signal: options.signal }) : {};
  // Without them the copy would be taken for equal to a later version that differs in nothing else.
  if (tags === undefined || (hasTags && Object.keys(tags).length !== source.tagCount)) throw sourceChanged(source.key);
  return {
    headers: source.headers,
    metadata: source.metadata,
    tags,
    record: recordOf(source, { backfill: options.backfill, crc32: options.crc32 }),
  };
}
