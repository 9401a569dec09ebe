// A backfill is forgotten row by row, while somebody may still work for it who has not heard that it ended.

import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { checkpoint, copied, startBackfill, testClock } from '../contract/ledger-fixture.ts';
import { createTestTable, testClient } from './test-table.ts';

test('what is made and settled while the last rows go, goes as well', async () => {
  const table = await createTestTable();
  const clock = testClock();
  const lister = await table.open({ workerId: 'lister', now: clock.now });
  const row = await startBackfill(lister);
  const { backfill } = row;
  const held = await checkpoint(lister, row, { first: 1 });
  await lister.settleBatch({ backfill, batch: 'first', settled: [copied('a')], owed: [] });
  await lister.changeStatus(backfill, { from: ['running'], to: 'cancelled' });
  clock.advanceSeconds(10);

  const client = testClient();
  let isLate = false;
  client.middlewareStack.add(
    next => async asked => {
      const answered = await next(asked);
      // Its debts are gone, its counts and ranges are not.
      if (isLate || !('UpdateExpression' in asked.input) || !String(asked.input.UpdateExpression).includes('isGone')) {
        return answered;
      }
      isLate = true;
      await checkpoint(lister, held, { late: 2, later: 1 });
      const failed = { key: 'f', kind: 'failed', sizeBytes: 10, code: 'denied', reason: 'No.' } as const;
      await lister.settleBatch({ backfill, batch: 'late', settled: [failed], owed: [{ key: 'o', sizeBytes: 10 }] });
      return answered;
    },
    { step: 'initialize' },
  );
  const pruner = await table.open({ workerId: 'pruner', client, now: clock.now });
  while ((await pruner.pruneBackfills({ endedBefore: clock.now(), limit: 2 })) > 0);
  expect(isLate).toBe(true);
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.table }));
  expect(Items.map(({ group }) => group?.S).sort()).toEqual(['format', 'starts']);
  await Promise.all([lister, pruner].map(ledger => ledger.close()));
  await table.drop();
});
