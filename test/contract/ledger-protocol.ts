// The counting protocol run on the ledger, with a queue that repeats, reorders, expires and loses messages, workers that crash between any
// two steps and a source that changes meanwhile. Whatever happens, a backfill ends, not early, with every key counted once.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OUTCOMES } from '../../aws-worker/transfer/outcome.ts';
import { present, testClock } from './ledger-fixture.ts';
import { ProtocolRun } from './ledger-protocol-run.ts';
import type { OpenLedger } from './open-ledger.ts';

export function protocolContract(open: OpenLedger, runs: number): void {
  describe('the counting protocol', () => {
    test('ends with every key counted once, whatever the queue and the workers do', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), async seed => {
          const clock = testClock();
          const opened = await open({ now: clock.now });
          try {
            const ledgers = [opened.ledger, await opened.attach('two'), await opened.attach('three')];
            const run = new ProtocolRun({ ledgers, clock, seed });
            const backfill = await run.toItsEnd();
            const { counts, status } = present(await opened.ledger.findBackfill(backfill));
            expect(status).toBe('done');
            expect(counts).toMatchObject({ openRanges: 0, unpaidBatches: 0, unpaidObjects: 0 });
            expect(counts.remaining).toEqual({ objects: 0, bytes: 0 });
            expect([...run.settlements.values()].filter(times => times !== 1)).toEqual([]);
            expect(run.keysNeverTouched.filter(key => !run.settlements.has(key))).toEqual([]);
            const outcomes = OUTCOMES.reduce((total, kind) => total + counts.byOutcome[kind].objects, 0);
            expect(outcomes).toBe(counts.found.objects);
            expect(outcomes - counts.byOutcome['source-missing'].objects).toBe(run.settlements.size);
          } finally {
            await opened.dispose();
          }
        }),
        { numRuns: runs },
      );
    });
  });
}
