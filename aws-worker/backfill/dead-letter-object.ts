import { formatMessage } from '../../shared/messages/format-message.ts';
import type { SettledObject } from '../ledger/ledger.ts';
import type { BackfillContext } from './backfill-context.ts';

/** What a redrive brings back for an object whose debt is settled: a plain hint, which reconciles the key and counts nowhere. */
export function redriveBody(object: { readonly key: string; readonly sizeBytes: number }): string {
  return formatMessage({ key: object.key, size: object.sizeBytes });
}

/** Those that failed, each with its reason. They are in the failure list already: a crash before this loses no knowledge of them. */
export async function sendToDeadLetters(context: BackfillContext, settled: readonly SettledObject[]): Promise<void> {
  const failed = settled.filter(object => object.kind === 'failed');
  if (failed.length === 0) return;
  await context.deadLetters.send(
    failed.map(object => ({
      body: redriveBody(object),
      attributes: { Code: object.code ?? 'unknown', Reason: object.reason ?? 'unknown' },
    })),
  );
}
