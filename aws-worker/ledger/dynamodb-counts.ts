// What the counters count, as pure arithmetic: what one transaction adds, and what their sums mean. Two kinds of rows count: a range's own row, what it
// made; each worker's counters, what it paid, how that ended, and what it left owed.
// All of it only grows. The sums are read row by row while others write, never as one snapshot. What a worker's counters gain at once, it took from what was
// owed and added to how it ended or to what is owed again: whichever of these a reader sees, and whichever not, the sum of all is what the ranges made. So for
// counts the counters are read, then the ranges, and each key that a range has made is in one place.
// Whether all is paid is another question, and takes two looks: what looks paid in full is, for paid, as read first <= paid <= made <= made, as read second.

import { OUTCOMES, type OutcomeKind } from '../transfer/outcome.ts';
import { bigintOf, type Item, type Values } from './dynamodb-items.ts';
import type { BackfillCounts, Counts } from './ledger.ts';

/** Debts but for ranges, and the keys that they stand for: those that a lister found, or that are owed again. */
export interface DebtCounts {
  readonly batches?: number;
  readonly objects?: number;
  readonly keys: Counts;
}

export interface CounterChange {
  readonly made?: DebtCounts;
  readonly paid?: DebtCounts;
  readonly outcomes?: Readonly<Partial<Record<OutcomeKind, Counts>>>;
  /** Of those that count as failed: they left the failure list, and are owed again. */
  readonly retried?: Counts;
}

const DEBTS = ['Batches', 'Objects', 'Keys', 'Bytes'] as const;
const COUNTED = [...OUTCOMES, 'retried'] as const;

const COUNTERS: readonly string[] = [
  ...DEBTS.flatMap(debt => [`made${debt}`, `paid${debt}`]),
  ...COUNTED.flatMap(name => [objectsOf(name), bytesOf(name)]),
];

/** Each counter's. */
export type CounterSums = Readonly<Record<string, bigint>>;

/** The counters that it moves, and by how much. */
export function additionsOf({ made, paid, outcomes = {}, retried }: CounterChange): Values {
  const counted = COUNTED.flatMap(name => {
    const counts = name === 'retried' ? retried : outcomes[name];
    return [
      [objectsOf(name), counts?.objects ?? 0],
      [bytesOf(name), counts?.bytes ?? 0],
    ] as const;
  });
  const additions = [...debtAdditions('made', made), ...debtAdditions('paid', paid), ...counted];
  return Object.fromEntries(additions.filter(([, added]) => added !== 0));
}

function debtAdditions(side: 'made' | 'paid', debts: DebtCounts | undefined) {
  const { batches = 0, objects = 0, keys } = debts ?? {};
  const added = { Batches: batches, Objects: objects, Keys: keys?.objects ?? 0, Bytes: keys?.bytes ?? 0 };
  return DEBTS.map(debt => [`${side}${debt}`, added[debt]] as const);
}

export function sumsOf(rows: readonly Item[]): CounterSums {
  const sumOf = (name: string) =>
    rows.reduce((sum, row) => sum + (row[name] === undefined ? 0n : bigintOf(row, name)), 0n);
  return Object.fromEntries(COUNTERS.map(name => [name, sumOf(name)]));
}

/** `before` was read, all of it, before any of `after`. Ranges aside. */
export function isEverythingPaid(before: CounterSums, after: CounterSums): boolean {
  return left(before, after, 'Batches') === 0n && left(before, after, 'Objects') === 0n;
}

/** Batches and objects. One look suffices where an error of what others do meanwhile does no harm. */
export function unpaidOf(sums: CounterSums): number {
  return Math.max(0, Number(left(sums, sums, 'Batches') + left(sums, sums, 'Objects')));
}

/** The counters' rows were read, all of them, before any range's. */
export function countsOf(sums: CounterSums, openRanges: number): BackfillCounts {
  const objects = placesOf(sums, 'Keys', objectsOf);
  const bytes = placesOf(sums, 'Bytes', bytesOf);
  const unpaid = (debt: 'Batches' | 'Objects') => Number(atLeastNone(left(sums, sums, debt)));
  return {
    found: { objects: objects.found, bytes: bytes.found },
    byOutcome: Object.fromEntries(
      OUTCOMES.map(kind => [kind, { objects: objects.ended(kind), bytes: bytes.ended(kind) }]),
    ) as Record<OutcomeKind, Counts>,
    remaining: { objects: objects.remaining, bytes: bytes.remaining },
    openRanges,
    unpaidBatches: unpaid('Batches'),
    unpaidObjects: unpaid('Objects'),
  };
}

/**
 * Where the keys, or their bytes, are. Who has not seen that some failed may see that they are retried: they are among what remains, once. And who has not seen
 * that a batch had grown may see what was met in it: then that is what was found.
 */
function placesOf(sums: CounterSums, debt: 'Keys' | 'Bytes', nameOf: (counted: (typeof COUNTED)[number]) => string) {
  const sumOf = (counted: (typeof COUNTED)[number]) => sums[nameOf(counted)] ?? 0n;
  const retried = sumOf('retried');
  const made = OUTCOMES.reduce((sum, kind) => sum + sumOf(kind), left(sums, sums, debt) - retried);
  const ended = (kind: OutcomeKind) => atLeastNone(sumOf(kind) - (kind === 'failed' ? retried : 0n));
  const allEnded = OUTCOMES.reduce((sum, kind) => sum + ended(kind), 0n);
  const remaining = atLeastNone(made - allEnded);
  return {
    found: Number(allEnded + remaining),
    ended: (kind: OutcomeKind) => Number(ended(kind)),
    remaining: Number(remaining),
  };
}

function atLeastNone(value: bigint): bigint {
  return value < 0n ? 0n : value;
}

function left(before: CounterSums, after: CounterSums, debt: (typeof DEBTS)[number]): bigint {
  return (after[`made${debt}`] ?? 0n) - (before[`paid${debt}`] ?? 0n);
}

function objectsOf(name: (typeof COUNTED)[number]): string {
  return `${name.replace('-m', 'M')}Objects`;
}

function bytesOf(name: (typeof COUNTED)[number]): string {
  return `${name.replace('-m', 'M')}Bytes`;
}
