import { destinationKey } from '../../shared/keys/key-rules.ts';
import type { TransferContext } from './transfer-context.ts';
import { endUpload } from './upload-row.ts';

/** Ends the upload of an object that is given up: every upload that starts ends in Complete or Abort. Never throws. */
export type AbandonUpload = (sourceKey: string) => Promise<void>;

const TIMEOUT_MILLISECONDS = 30_000;

export function createAbandonUpload(context: TransferContext): AbandonUpload {
  return async sourceKey => {
    try {
      const key = destinationKey(sourceKey, context.settings);
      await endUpload(context, key, { signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
    } catch (error) {
      // Its row stays and names the upload for whoever meets the key next; the bucket's lifecycle rule ends it otherwise.
      context.log.warn('The upload of an object that is given up could not be ended.', { sourceKey, error });
    }
  };
}
