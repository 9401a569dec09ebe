import { destinationKey } from '../../shared/keys/key-rules.ts';
import type { TransferContext } from './transfer-context.ts';
import { endUpload } from './upload-row.ts';

export interface GivenUpObject {
  readonly sourceKey: string;
  /** Whose work it was; undefined: a live event's. */
  readonly backfill: string | undefined;
}

/**
 * Ends the upload of an object that is given up, if the same work began it: every upload that starts ends in Complete or Abort. One that others
 * began may be theirs to go on with; where they don't, the janitor ends it (tidy-uploads.ts). Never throws.
 */
export type AbandonUpload = (object: GivenUpObject) => Promise<void>;

const TIMEOUT_MILLISECONDS = 30_000;

export function createAbandonUpload(context: TransferContext): AbandonUpload {
  return async ({ sourceKey, backfill }) => {
    try {
      const key = destinationKey(sourceKey, context.settings);
      const row = await context.uploads.find(key);
      if (row === undefined || row.backfill !== backfill) return;
      const { rowId } = row;
      await endUpload(context, key, { rowId, signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
    } catch (error) {
      // Its row stays and names the upload for whoever meets the key next; the bucket's lifecycle rule ends it otherwise.
      context.log.warn('The upload of an object that is given up could not be ended.', { sourceKey, error });
    }
  };
}
