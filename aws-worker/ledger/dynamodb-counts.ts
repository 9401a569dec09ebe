// What the counters count, as pure arithmetic: what one transaction adds, and what their sums mean. Two kinds of rows count: a range's own row, what it
// made; each worker's counters, what it paid, how that ended, and what it left owed.
// All of it only grows. The sums are read row by row while others write, never as one snapshot, so they are read twice: what was paid, or ended, in the first
// look had been made before, hence is in the second look's sum of what was made. By that nothing ever looks negative; and what looks paid in full is, for
// paid, as read first <= paid <= made <= made, as read second.

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

/** `before` was read, all of it, before any of `after`. */
export function countsOf(before: CounterSums, after: CounterSums, openRanges: number): BackfillCounts {
  const byOutcome = Object.fromEntries(OUTCOMES.map(kind => [kind, outcomeOf(kind, before, after)])) as Record<
    OutcomeKind,
    Counts
  >;
  const remaining = { objects: Number(left(before, after, 'Keys')), bytes: Number(left(before, after, 'Bytes')) };
  return {
    found: OUTCOMES.reduce(
      (sum, kind) => ({
        objects: sum.objects + byOutcome[kind].objects,
        bytes: sum.bytes + byOutcome[kind].bytes,
      }),
      remaining,
    ),
    byOutcome,
    remaining,
    openRanges,
    unpaidBatches: Number(left(before, after, 'Batches')),
    unpaidObjects: Number(left(before, after, 'Objects')),
  };
}

/** What failed and left the list between the two looks is in the second alone; less than none never failed. */
function outcomeOf(kind: OutcomeKind, before: CounterSums, after: CounterSums): Counts {
  const of = (name: string, retried: string) =>
    Math.max(0, Number((before[name] ?? 0n) - (kind === 'failed' ? (after[retried] ?? 0n) : 0n)));
  return {
    objects: of(objectsOf(kind), objectsOf('retried')),
    bytes: of(bytesOf(kind), bytesOf('retried')),
  };
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
