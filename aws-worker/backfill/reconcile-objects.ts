// The objects of one batch, several at a time. An object that fails for reasons of its own is settled as failed or owed, and the others go on. After
// a failure that may be everybody's (throttling, credentials) no new object is begun, but what runs finishes: a single key may meet such a failure
// for ever, and its neighbours' work is not to be thrown away for it.

import { BridgeError, hasCode, isKind } from '../../shared/bridge-error.ts';
import { concernsEverything } from '../../shared/error-scope.ts';
import { forEachConcurrently } from '../../shared/for-each-concurrently.ts';
import type { BatchObject } from '../../shared/messages/message.ts';
import { asObjectFailure } from '../../shared/unforeseen.ts';
import type { BackfillRow, SettledObject } from '../ledger/ledger.ts';
import type { BackfillContext } from './backfill-context.ts';
import { isSuccess } from './failure-runs.ts';

export interface StillOwed {
  readonly key: string;
  readonly sizeBytes: number;
  /** Why; undefined: it was not begun. */
  readonly error: BridgeError | undefined;
}

export interface ReconciledObjects {
  readonly settled: readonly SettledObject[];
  readonly owed: readonly StillOwed[];
  /** The first failure that may be everybody's; it asks for as long a wait as any failure of the batch. */
  readonly trouble: BridgeError | undefined;
  /** Whether any object came to an outcome: then the clouds answer. */
  readonly hasSuccess: boolean;
}

/** @throws BridgeError that is no failure of an object: an abort (`write-in-doubt` before any other of them) */
export async function reconcileObjects(
  context: BackfillContext,
  { backfill, objects, signal }: { backfill: BackfillRow; objects: readonly BatchObject[]; signal: AbortSignal },
): Promise<ReconciledObjects> {
  const settled: SettledObject[] = [];
  const owed: StillOwed[] = [];
  let trouble: BridgeError | undefined;
  let hasSuccess = false;
  let inDoubt: BridgeError | undefined;

  const limit = context.settings.maxConcurrentObjects;
  const each = async (object: BatchObject, objectSignal: AbortSignal) => {
    const { key, size } = object;
    if (trouble !== undefined) {
      owed.push({ key, sizeBytes: size, error: undefined });
      return;
    }
    try {
      const request = {
        key,
        sizeHintBytes: size,
        mode: backfill.request.mode,
        backfill: backfill.id,
        isDestinationEmpty: object.dest === null,
      };
      const outcome = await context.reconcile(request, { signal: objectSignal });
      settled.push({ key, kind: outcome.kind, sizeBytes: outcome.sizeBytes });
      if (isSuccess(outcome)) {
        hasSuccess = true;
        context.runs.succeeded(backfill);
      }
    } catch (caught) {
      const error = asObjectFailure(caught, { key, signal: objectSignal, log: context.log });
      if (hasCode(error, 'write-in-doubt')) inDoubt ??= error;
      // An aborted work fails in many ways, none of them the object's own.
      if (objectSignal.aborted || isKind(error, 'cancelled')) throw error;
      const isTrouble = concernsEverything(error);
      if (isTrouble) trouble ??= error;
      if (isTrouble || error.kind === 'retryable') {
        const fields = { sourceKey: key, backfill: backfill.id, error };
        context.log.warn('An object of a batch will be tried again.', fields);
        owed.push({ key, sizeBytes: size, error });
      } else {
        const failure = { code: error.code, reason: error.message };
        settled.push({ key, kind: 'failed', sizeBytes: size, ...failure });
        context.runs.failed(backfill, failure);
      }
    }
  };
  try {
    await forEachConcurrently(objects, { limit, signal }, each);
  } catch (error) {
    throw inDoubt ?? error;
  }
  return { settled, owed, trouble: trouble && waitingForAll(trouble, owed), hasSuccess };
}

/** Where a write was sent whose end nobody knows, the message must not be back before that, whatever else failed first. */
function waitingForAll(trouble: BridgeError, owed: readonly StillOwed[]): BridgeError {
  const longest = Math.max(...owed.map(({ error }) => error?.retryAfterMilliseconds ?? 0));
  if (longest <= (trouble.retryAfterMilliseconds ?? 0)) return trouble;
  const { kind, code, message, cause, key } = trouble;
  const about = key === undefined ? {} : { key };
  return new BridgeError({ kind, code, message, cause, ...about, retryAfterMilliseconds: longest });
}
