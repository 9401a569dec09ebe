import { test } from 'vitest';
import type { BackfillRequest, Ledger, RangeRow, SettledObject } from '../../aws-worker/ledger/ledger.ts';
import type { OpenedLedger, OpenLedger } from './open-ledger.ts';

export const REQUEST: BackfillRequest = { prefix: 'photos/', mode: 'missing' };

export interface LedgerFixture {
  readonly opened: OpenedLedger;
  readonly ledger: Ledger;
  readonly clock: TestClock;
}

export interface TestClock {
  now(): Date;
  advanceSeconds(seconds: number): void;
}

export function testClock(): TestClock {
  // Long from now: a DynamoDB of today removes what has expired by its own clock.
  let milliseconds = Date.UTC(2126, 0, 2, 3, 4, 5);
  return {
    now: () => new Date(milliseconds),
    advanceSeconds: seconds => {
      milliseconds += seconds * 1000;
    },
  };
}

/** A test with a ledger of its own, which is closed after it. */
export function ledgerTest(name: string, open: OpenLedger, body: (fixture: LedgerFixture) => Promise<void>): void {
  test(name, async () => {
    const clock = testClock();
    const opened = await open({ now: clock.now });
    try {
      await body({ opened, ledger: opened.ledger, clock });
    } finally {
      await opened.dispose();
    }
  });
}

export async function startBackfill(ledger: Ledger, request: BackfillRequest = REQUEST): Promise<RangeRow> {
  const { backfill, range } = await ledger.startBackfill({ request, force: true, idempotencyKey: undefined });
  return present(await ledger.findRange({ backfill: backfill.id, range }));
}

/** One checkpoint that makes these batches, each with `found` of 10 bytes an object. */
export async function checkpoint(
  ledger: Ledger,
  row: RangeRow,
  batches: Readonly<Record<string, number>>,
): Promise<RangeRow> {
  const made = Object.entries(batches).map(([batch, objects]) => ({
    batch,
    from: row.cursor,
    to: `${row.cursor}k`,
    found: { objects, bytes: objects * 10 },
  }));
  const { backfill, range, version } = row;
  return present(await ledger.checkpointRange({ backfill, range, version, cursor: `${row.cursor}k`, batches: made }));
}

export function copied(key: string, sizeBytes = 10): SettledObject {
  return { key, kind: 'copied', sizeBytes };
}

export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Expected a value, got undefined.');
  return value;
}
