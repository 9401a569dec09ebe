import { attributeText } from '../../shared/messages/attribute-text.ts';
import { formatMessage } from '../../shared/messages/format-message.ts';
import type { SettledObject } from '../ledger/ledger.ts';
import type { BackfillContext } from './backfill-context.ts';

/** What a redrive brings back for an object whose debt is settled: a plain hint, which reconciles the key and counts nowhere. */
function redriveBody(object: { readonly key: string; readonly sizeBytes: number }): string {
  return formatMessage({ key: object.key, size: object.sizeBytes });
}

/** Those that failed, each with its reason. Before they are settled: a crash in between repeats a hint, the other order would lose it. */
export async function sendToDeadLetters(context: BackfillContext, settled: readonly SettledObject[]): Promise<void> {
  const failed = settled.filter(object => object.kind === 'failed');
  if (failed.length === 0) return;
  await context.deadLetters.send(
    failed.map(object => ({
      body: redriveBody(object),
      attributes: { Code: attributeText(object.code ?? ''), Reason: attributeText(object.reason ?? '') },
    })),
  );
}
