// Random histories against a model of plain maps: two workers, stale versions, settlements repeated, restarts. After every step
// found = outcomes + remaining, and remaining is what the rows that are still owed add up to.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Counts, Ledger, SettledObject } from '../../aws-worker/ledger/ledger.ts';
import { OUTCOMES, type OutcomeKind } from '../../aws-worker/transfer/outcome.ts';
import { present, REQUEST, testClock } from './ledger-fixture.ts';
import type { OpenedLedger, OpenLedger } from './open-ledger.ts';

const KEYS = ['a', 'b', 'c', 'd', '\u0000', '\u{1f600}'];

const size = fc.nat({ max: 1000 });
const settledObject = fc.record({
  key: fc.constantFrom(...KEYS),
  kind: fc.constantFrom(...OUTCOMES),
  sizeBytes: size,
});
const owedKey = fc.record({ key: fc.constantFrom(...KEYS), sizeBytes: size });
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('checkpoint' as const),
      stale: fc.boolean(),
      found: fc.array(fc.record({ objects: fc.nat({ max: 4 }), bytes: size }), { maxLength: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('settle-batch' as const),
      pick: fc.nat(),
      settled: fc.uniqueArray(settledObject, { selector: o => o.key, maxLength: 4 }),
      owed: fc.uniqueArray(owedKey, { selector: o => o.key, maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('settle-object' as const), pick: fc.nat(), settled: settledObject }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('close-range' as const), stale: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('complete' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('pause' as const, 'resume' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('reopen' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export function historyContract(open: OpenLedger, histories: number): void {
  describe('random histories', () => {
    test('count every key once at every moment', async () => {
      const history = fc.array(fc.record({ step, worker: fc.boolean() }), { minLength: 5, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(history, async steps => {
          const opened = await open({ now: testClock().now });
          try {
            await replay(opened, steps);
          } finally {
            await opened.dispose();
          }
        }),
        { numRuns: histories },
      );
    });
  });
}

interface Model {
  readonly backfill: string;
  readonly range: string;
  version: number;
  isOpen: boolean;
  status: 'running' | 'paused' | 'done';
  readonly batches: Map<string, Counts>;
  readonly madeBatches: string[];
  /** By batch, then key. */
  readonly owed: Map<string, Map<string, number>>;
  readonly outcomes: Map<OutcomeKind, Counts>;
}

async function replay(
  opened: OpenedLedger,
  steps: readonly { readonly step: Step; readonly worker: boolean }[],
): Promise<void> {
  let ledgers = { one: opened.ledger, two: await opened.attach('two') };
  const { backfill, range } = await ledgers.one.startBackfill({
    request: REQUEST,
    force: false,
    idempotencyKey: undefined,
  });
  const row = present(await ledgers.one.findRange({ backfill: backfill.id, range }));
  const model: Model = {
    backfill: backfill.id,
    range,
    version: row.version,
    isOpen: true,
    status: 'running',
    batches: new Map(),
    madeBatches: [],
    owed: new Map(),
    outcomes: new Map(),
  };
  for (const { step: next, worker } of steps) {
    if (next.does === 'reopen') {
      ledgers = { one: await opened.reopen(), two: await opened.attach('two') };
    } else {
      await apply(worker ? ledgers.one : ledgers.two, model, next);
    }
    await compare(ledgers.one, model);
  }
}

async function apply(ledger: Ledger, model: Model, next: Exclude<Step, { does: 'reopen' }>): Promise<void> {
  const { backfill, range } = model;
  switch (next.does) {
    case 'checkpoint': {
      const batches = next.found.map((found, index) => ({
        batch: `batch-${model.madeBatches.length + index}`,
        from: '',
        to: '',
        found,
      }));
      const version = next.stale ? model.version - 1 : model.version;
      const moved = await ledger.checkpointRange({ backfill, range, version, cursor: 'k', batches });
      expect(moved !== undefined).toBe(model.isOpen && !next.stale);
      if (moved === undefined) return;
      model.version = moved.version;
      expect(moved.unsent.batches.map(({ batch }) => batch)).toEqual(batches.map(({ batch }) => batch));
      for (const { batch, found } of batches) {
        model.madeBatches.push(batch);
        model.batches.set(batch, found);
      }
      return;
    }
    case 'close-range': {
      const version = next.stale ? model.version - 1 : model.version;
      const isClosed = await ledger.closeRange({ backfill, range, version });
      expect(isClosed).toBe(model.isOpen && !next.stale);
      if (isClosed) model.isOpen = false;
      return;
    }
    case 'settle-batch': {
      const batch = pick(model.madeBatches, next.pick);
      if (batch === undefined) return;
      const found = model.batches.get(batch);
      const result = await ledger.settleBatch({ backfill, batch, settled: next.settled, owed: next.owed });
      expect(result).toBe(found === undefined ? 'already-settled' : 'settled');
      if (found !== undefined) settleInModel(model, { batch, found, settled: next.settled, owed: next.owed });
      return;
    }
    case 'settle-object': {
      const batch = pick(model.madeBatches, next.pick);
      if (batch === undefined) return;
      const wasOwed = model.owed.get(batch)?.delete(next.settled.key) ?? false;
      const result = await ledger.settleObject({ backfill, batch }, next.settled);
      expect(result).toBe(wasOwed ? 'settled' : 'already-settled');
      if (wasOwed) addOutcome(model, next.settled.kind, 1, next.settled.sizeBytes);
      return;
    }
    case 'complete': {
      const isPaid = !model.isOpen && model.batches.size === 0 && owedSizes(model).length === 0;
      if (isPaid && model.status === 'running') model.status = 'done';
      expect(await ledger.completeIfPaid(backfill)).toBe(model.status === 'done');
      return;
    }
    case 'pause':
    case 'resume': {
      const [from, to] = next.does === 'pause' ? (['running', 'paused'] as const) : (['paused', 'running'] as const);
      const isChange = model.status === from;
      expect(await ledger.changeStatus(backfill, { from: [from], to })).toBe(isChange);
      if (isChange) model.status = to;
      return;
    }
  }
}

async function compare(ledger: Ledger, model: Model): Promise<void> {
  const { status, counts } = present(await ledger.findBackfill(model.backfill));
  expect(status).toBe(model.status);
  const outcomes = OUTCOMES.map(kind => counts.byOutcome[kind]);
  expect(counts.byOutcome).toEqual(
    Object.fromEntries(OUTCOMES.map(kind => [kind, model.outcomes.get(kind) ?? { objects: 0, bytes: 0 }])),
  );
  expect(sum([...outcomes, counts.remaining])).toEqual(counts.found);

  const batchRows = await Promise.all(
    model.madeBatches.map(batch => ledger.findBatch({ backfill: model.backfill, batch })),
  );
  const openBatches = batchRows.filter(row => row !== undefined);
  const owed = (
    await Promise.all(model.madeBatches.map(batch => ledger.owedObjectsOf({ backfill: model.backfill, batch })))
  ).flat();
  expect(openBatches.map(row => row.batch)).toEqual([...model.batches.keys()]);
  expect(owed.map(object => object.sizeBytes).sort()).toEqual(owedSizes(model).sort());
  const rows = [
    ...openBatches.map(row => row.found),
    ...owed.map(({ sizeBytes }) => ({ objects: 1, bytes: sizeBytes })),
  ];
  expect(counts.remaining).toEqual(sum(rows));
  expect(counts).toMatchObject({
    openRanges: model.isOpen ? 1 : 0,
    unpaidBatches: openBatches.length,
    unpaidObjects: owed.length,
  });
  expect(await ledger.unpaid(model.backfill)).toBe(openBatches.length + owed.length);
}

/** What a settlement means, said another way than the ledger computes it. */
function settleInModel(
  model: Model,
  settlement: {
    readonly batch: string;
    readonly found: Counts;
    readonly settled: readonly SettledObject[];
    readonly owed: readonly { readonly key: string; readonly sizeBytes: number }[];
  },
): void {
  const { batch, found, settled } = settlement;
  model.batches.delete(batch);
  for (const object of settled) addOutcome(model, object.kind, 1, object.sizeBytes);
  const owed = settlement.owed.filter(({ key }) => settled.every(object => object.key !== key));
  model.owed.set(batch, new Map(owed.map(({ key, sizeBytes }) => [key, sizeBytes])));
  const missing = found.objects - settled.length - owed.length;
  if (missing > 0) addOutcome(model, 'source-missing', missing, 0);
}

function addOutcome(model: Model, kind: OutcomeKind, objects: number, bytes: number): void {
  model.outcomes.set(kind, sum([model.outcomes.get(kind) ?? { objects: 0, bytes: 0 }, { objects, bytes }]));
}

function owedSizes(model: Model): number[] {
  return [...model.owed.values()].flatMap(byKey => [...byKey.values()]);
}

function sum(counts: readonly Counts[]): Counts {
  return counts.reduce((total, each) => ({ objects: total.objects + each.objects, bytes: total.bytes + each.bytes }), {
    objects: 0,
    bytes: 0,
  });
}

function pick<T>(values: readonly T[], index: number): T | undefined {
  return values[index % Math.max(1, values.length)];
}
