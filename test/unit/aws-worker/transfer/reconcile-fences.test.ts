// A Complete, or a replacing PUT, that lands after somebody else has looked: what the one who fences, or looks back, has to do then.

import { expect, test } from 'vitest';
import type { ObjectDestination } from '../../../../aws-worker/transfer/object-destination.ts';
import { createReconcile } from '../../../../aws-worker/transfer/reconcile.ts';
import {
  createTransferFixture,
  error,
  KEY,
  LARGE,
  OTHER,
  SIGNAL,
  SMALL,
  type TransferFixture,
} from './transfer-fixture.ts';

interface LateComplete {
  /** Another worker, whose Complete is sent and not heard of again. */
  readonly reconcile: ReturnType<typeof createReconcile>;
  /** It takes effect now. */
  land(): Promise<void>;
}

function withLateComplete({ context, destination }: TransferFixture, onSent: () => void): LateComplete {
  let land: (() => Promise<unknown>) | undefined;
  const late: ObjectDestination = {
    ...destination,
    completeUpload: async request => {
      land ??= () => destination.completeUpload({ ...request, signal: SIGNAL });
      onSent();
      throw error('destination-unknown');
    },
  };
  return {
    reconcile: createReconcile({ ...context, destination: late }),
    land: async () => void (await land?.()),
  };
}

const REQUEST = { key: KEY, mode: 'missing', backfill: 'b', isDestinationEmpty: false } as const;

test('a Complete that lands between a small write and its fence is looked at: the ETag of the write let it in', async () => {
  const fixture = await createTransferFixture();
  const { source, destination } = fixture;
  source.write(KEY, { bytes: SMALL, metadata: { v: '0' } });
  await fixture.reconcile();
  source.write(KEY, { bytes: LARGE });
  const late = withLateComplete(fixture, () => source.write(KEY, { bytes: SMALL, metadata: { v: '1' } }));
  destination.after('put', async () => await late.land());
  await late.reconcile({ ...REQUEST, sizeHintBytes: undefined, mayHaveUpload: false }, { signal: SIGNAL });
  await fixture.expectEqual();
});

test('a key that was worked on before is fenced before it is skipped, however small its message says it is', async () => {
  const fixture = await createTransferFixture();
  const { source } = fixture;
  source.write(KEY, { bytes: SMALL, metadata: { v: '0' } });
  await fixture.reconcile();
  source.write(KEY, { bytes: LARGE });
  const work = new AbortController();
  const late = withLateComplete(fixture, () => work.abort(error('worker-stopping', 'cancelled')));
  const request = { ...REQUEST, sizeHintBytes: SMALL.length };
  await expect(late.reconcile({ ...request, mayHaveUpload: false }, { signal: work.signal })).rejects.toMatchObject({
    code: 'write-in-doubt',
  });
  source.revert(KEY);
  expect(await fixture.reconcile({ ...request, mayHaveUpload: true })).toMatchObject({ kind: 'skipped' });
  await expect(late.land()).rejects.toMatchObject({ code: 'upload-missing' });
  await fixture.expectEqual();
});

test('a look back that says it moved is remembered: whatever stops the work then, the key is looked at again', async () => {
  const fixture = await createTransferFixture({ settings: { roundBackoffMilliseconds: 60_000 } });
  const { source, destination } = fixture;
  source.write(KEY, { bytes: SMALL });
  await fixture.reconcile();
  source.write(KEY, { bytes: OTHER });
  let isTakenBack = false;
  destination.before('put', async () => {
    // Another worker finds the two equal, and deletes the message.
    source.revert(KEY);
    expect(await fixture.reconcile()).toMatchObject({ kind: 'skipped' });
    isTakenBack = true;
  });
  const work = new AbortController();
  source.after('head', () => {
    if (isTakenBack && destination.stored(KEY)?.bytes.equals(OTHER) === true) {
      setImmediate(() => work.abort(error('receipt-lost', 'cancelled')));
    }
  });
  await expect(fixture.reconcile({}, work.signal)).rejects.toMatchObject({ code: 'write-in-doubt' });
});
