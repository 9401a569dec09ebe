// Settling is one transaction: the debt's row goes, on condition that it is there; one counter gets what was paid, how it ended and what is left owed; each key
// that is owed or failed gets a row. So whatever is settled twice counts once, and a row that is gone was counted.
// A batch that leaves more rows than a transaction takes, as one may whose interval has grown since it was listed, is never settled in pieces: a crash in
// between would count what came before twice. It is cut: one transaction replaces its row, on condition that it is there, by batches that cover its interval
// and hold the keys that were met, as if the lister had made these. Each is then settled, or cut again. At every moment each key counts once. After a crash
// the batches that are left are owed, and silent, so the next sweep sends them. What they leave is owed under the first batch's name, where whoever
// settles that one looks for it.

import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import type { CounterChange } from './dynamodb-counts.ts';
import { cutBatch, foundIn, MAX_SETTLED_ROWS, type MetKeys } from './dynamodb-cut-batch.ts';
import { NEVER_SENT, newBatch, newOwedObject, resumesOf } from './dynamodb-debt-rows.ts';
import { newFailure } from './dynamodb-failure-rows.ts';
import { batchKey, owedObjectKey } from './dynamodb-keys.ts';
import { EXISTS, type Put, type Write } from './dynamodb-writes.ts';
import type { BatchRow, Counts, OwedObject, SettledObject, SettleResult } from './ledger.ts';
import { type OwedKey, settlementOf } from './settlement.ts';

/** What the lister found is paid; what the worker met is counted by how it ended, or as owed. */
export async function settleBatchRow(
  context: DynamodbLedgerContext,
  row: BatchRow,
  met: MetKeys & { readonly owedUnder: string },
): Promise<SettleResult> {
  const { backfill, found } = row;
  const { owed, failed, outcomes } = settlementOf(found, met);
  if (owed.length + failed.length > MAX_SETTLED_ROWS) return await settleInParts(context, row, met);
  const at = context.now();
  const resumes = owed.length === 0 ? 0 : await resumesOf(context.requests, backfill);
  return await settle(context, {
    backfill,
    debt: { delete: batchKey(row), where: EXISTS },
    change: {
      paid: { batches: 1, keys: found },
      made: { objects: owed.length, keys: countOf(owed) },
      outcomes,
    },
    owed: owed.map(({ key, sizeBytes }) =>
      newOwedObject({ backfill, batch: met.owedUnder, key, sizeBytes }, { at, resumes }),
    ),
    failures: failed.map(object => failureOf(backfill, object, at)),
  });
}

export async function settleOwedObject(
  context: DynamodbLedgerContext,
  owed: OwedObject,
  settled: SettledObject,
): Promise<SettleResult> {
  const { backfill, sizeBytes } = owed;
  return await settle(context, {
    backfill,
    debt: { delete: owedObjectKey(owed), where: EXISTS },
    change: {
      paid: { objects: 1, keys: { objects: 1, bytes: sizeBytes } },
      outcomes: { [settled.kind]: { objects: 1, bytes: settled.sizeBytes } },
    },
    owed: [],
    failures: settled.kind === 'failed' ? [failureOf(backfill, settled, context.now())] : [],
  });
}

async function settleInParts(
  context: DynamodbLedgerContext,
  row: BatchRow,
  met: MetKeys & { readonly owedUnder: string },
): Promise<SettleResult> {
  const { counters, newId, now } = context;
  const { backfill, found } = row;
  const parts = cutBatch(row, met).map(part => ({ ...part, backfill, batch: newId() }));
  const change = {
    paid: { batches: 1, keys: found },
    made: { batches: parts.length, keys: foundIn(parts) },
  };
  const refused = await counters.transact(backfill, change, [
    { delete: batchKey(row), where: EXISTS },
    ...parts.map(part => newBatch(part, { at: now(), resumes: NEVER_SENT })),
  ]);
  if (refused.length > 0) return 'already-settled';
  // One that somebody else settles meanwhile has been counted by them.
  for (const part of parts) await settleBatchRow(context, part, { ...part, owedUnder: met.owedUnder });
  return 'settled';
}

interface Settling {
  readonly backfill: string;
  readonly debt: Write;
  readonly change: CounterChange;
  readonly owed: readonly Put[];
  readonly failures: readonly Put[];
}

async function settle({ counters }: DynamodbLedgerContext, settling: Settling): Promise<SettleResult> {
  const { backfill, debt, change, owed } = settling;
  let { failures } = settling;
  for (;;) {
    const refused = await counters.transact(backfill, change, [debt, ...failures, ...owed]);
    if (refused.length === 0) return 'settled';
    if (refused.includes(0)) return 'already-settled';
    // The list has newer failures of these keys. Fewer each time, so this ends.
    failures = failures.filter((_, index) => !refused.includes(index + 1));
  }
}

function failureOf(backfill: string, settled: SettledObject, at: Date): Put {
  const { key, sizeBytes, code = 'unknown', reason = '' } = settled;
  return newFailure(backfill, { key, sizeBytes, code, reason, at });
}

function countOf(owed: readonly OwedKey[]): Counts {
  return { objects: owed.length, bytes: owed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}
