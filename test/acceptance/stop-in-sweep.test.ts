// A worker that is told to stop while it sends again what was silent: it has claimed those debts as sent, and nobody would send them for hours.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteLedger } from '../../aws-worker/ledger/sqlite-ledger.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { createLog } from '../../shared/log.ts';
import { type Bridge, SETTLE, startBridge } from './bridge.ts';

let bridge: Bridge;
beforeEach(async () => {
  bridge = await startBridge();
});
afterEach(async () => {
  await bridge?.close();
});

/** A backfill whose first range is owed and silent: what was sent before a resume does not count. */
async function oweRange(): Promise<void> {
  const path = bridge.environment.LEDGER_URL?.replace('sqlite:', '') ?? '';
  const ledger = await openSqliteLedger({ path, workerId: 'the test', log: createLog({ level: 'silent' }) });
  const request = { prefix: '', mode: 'all' } as const;
  const { backfill } = await ledger.startBackfill({ request, force: true, idempotencyKey: undefined });
  expect(await ledger.changeStatus(backfill.id, { from: ['running'], to: 'paused' })).toBe(true);
  expect(await ledger.changeStatus(backfill.id, { from: ['paused'], to: 'running' })).toBe(true);
  await ledger.close();
}

test('what it has claimed is in the queue when it has ended', async () => {
  await oweRange();
  const rule = bridge.cloud.faults.add({
    service: 'sqs',
    operation: 'SendMessageBatch',
    fault: { kind: 'latency', milliseconds: 1_500, at: 'before-effect' },
  });
  // No grace for messages: nothing but the sweep itself may hold up the end.
  const worker = await bridge.startWorker({ SHUTDOWN_GRACE_SECONDS: '0' });
  const struck = () => bridge.cloud.faults.list().find(({ id }) => id === rule)?.struck;
  await expect.poll(struck, SETTLE).toBe(1);
  expect(bridge.cloud.sqs.peek(LOCAL.backfillQueue)).toEqual([]);
  expect(await worker.stop()).toBe(0);
  expect(bridge.cloud.sqs.peek(LOCAL.backfillQueue)).toHaveLength(1);
});
