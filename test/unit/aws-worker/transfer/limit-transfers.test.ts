import { expect, test } from 'vitest';
import { limitTransfers } from '../../../../aws-worker/transfer/limit-transfers.ts';
import type { Reconcile } from '../../../../aws-worker/transfer/reconcile.ts';
import type { ReconcileRequest } from '../../../../aws-worker/transfer/reconcile-request.ts';
import { error, SIGNAL } from './transfer-fixture.ts';

const request = (mode: ReconcileRequest['mode']): ReconcileRequest => ({
  key: mode,
  mode,
  sizeHintBytes: 1,
  backfill: undefined,
  mayHaveUpload: false,
  isDestinationEmpty: false,
});

/** A reconcile that is in work until `end` is called. */
function held() {
  const running: string[] = [];
  let end = () => {};
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  const reconcile: Reconcile = async ({ key }) => {
    running.push(key);
    await ended;
    return { kind: 'copied', sizeBytes: 1 };
  };
  return { running, reconcile, end };
}

test('a backfill never takes the share that is kept for live objects', async () => {
  const { running, reconcile, end } = held();
  const limited = limitTransfers(reconcile, 4);
  const backfill = Array.from({ length: 9 }, () => limited(request('missing'), { signal: SIGNAL }));
  await new Promise(resolve => setImmediate(resolve));
  expect(running).toEqual(['missing', 'missing', 'missing']);
  const live = limited(request('live'), { signal: SIGNAL });
  await new Promise(resolve => setImmediate(resolve));
  expect(running).toEqual(['missing', 'missing', 'missing', 'live']);
  end();
  await Promise.all([...backfill, live]);
  expect(running).toHaveLength(10);
});

test('a transfer that fails gives its place back', async () => {
  const limited = limitTransfers(() => Promise.reject(error('source-archived', 'permanent')), 1);
  for (let turn = 0; turn < 3; turn++) {
    await expect(limited(request('live'), { signal: SIGNAL })).rejects.toMatchObject({ code: 'source-archived' });
  }
});
