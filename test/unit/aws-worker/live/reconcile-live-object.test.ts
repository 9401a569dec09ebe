import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../../aws-worker/ledger/ledger.ts';
import { type LiveContext, reconcileLiveObject } from '../../../../aws-worker/live/reconcile-live-object.ts';
import type { GivenUpObject } from '../../../../aws-worker/transfer/abandon-upload.ts';
import type { Outcome } from '../../../../aws-worker/transfer/outcome.ts';
import type { ReconcileRequest } from '../../../../aws-worker/transfer/reconcile-request.ts';
import { BridgeError, type ErrorKind } from '../../../../shared/bridge-error.ts';
import { systemClock } from '../../../../shared/clock.ts';
import type { ObjectMessage } from '../../../../shared/messages/message.ts';
import { parseMessage } from '../../../../shared/messages/parse-message.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const MESSAGE: ObjectMessage = { key: 'a', size: 5, bucket: 'ours', eventTime: '2026-01-02T03:04:01Z' };

function error(code: string, kind: ErrorKind = 'retryable', retryAfterMilliseconds?: number): BridgeError {
  const message = `Said by a test: ${code}.`;
  return new BridgeError({
    kind,
    code,
    message,
    ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
  });
}

function live(answer: Outcome | Error) {
  const { log, lines } = createRecordingLog();
  const requests: ReconcileRequest[] = [];
  const failures: Failure[] = [];
  const outcomes: (readonly [string, number | undefined])[] = [];
  const givenUp: GivenUpObject[] = [];
  const context: LiveContext = {
    reconcile: async request => {
      requests.push(request);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    abandonUpload: async object => void givenUp.push(object),
    ledger: { recordLiveFailure: async failure => void failures.push(failure) },
    sourceBucket: 'ours',
    maxAttempts: 3,
    log,
    clock: { ...systemClock, date: () => NOW },
    onOutcome: ({ kind }, lagSeconds) => void outcomes.push([kind, lagSeconds]),
  };
  const work = (message: ObjectMessage = MESSAGE) =>
    reconcileLiveObject(context, message, { signal: new AbortController().signal });
  return { work, requests, failures, outcomes, givenUp, lines };
}

describe('an event', () => {
  test('is a hint: its key is reconciled, and nothing is written to the ledger', async () => {
    const { work, requests, failures, outcomes } = live({ kind: 'copied', sizeBytes: 9 });
    expect(await work()).toEqual({ kind: 'done' });
    expect(requests).toEqual([
      {
        key: 'a',
        sizeHintBytes: 5,
        mode: 'live',
        backfill: undefined,
        mayHaveUpload: false,
        isDestinationEmpty: false,
      },
    ]);
    expect(outcomes).toEqual([['copied', 4]]);
    expect(failures).toEqual([]);
  });

  test.each([
    ['from the future: a clock is wrong', '2026-01-02T03:05:00Z', 0],
    ['whose time cannot be read', 'yesterday', undefined],
    ['without a time', undefined, undefined],
  ])('%s has a lag that does no harm to the metric', async (_, eventTime, lagSeconds) => {
    const { work, outcomes } = live({ kind: 'copied', sizeBytes: 9 });
    await work({ key: 'a', ...(eventTime === undefined ? {} : { eventTime }) });
    expect(outcomes).toEqual([['copied', lagSeconds]]);
  });

  test('of no bucket is of ours: the predecessors send none', async () => {
    const { work } = live({ kind: 'copied', sizeBytes: 9 });
    expect(await work({ key: 'a' })).toEqual({ kind: 'done' });
  });

  test('of another bucket is for a person to see, and touches nothing', async () => {
    const { work, requests } = live({ kind: 'copied', sizeBytes: 9 });
    expect(await work({ ...MESSAGE, bucket: 'theirs' })).toMatchObject({
      kind: 'dead-letter',
      code: 'foreign-bucket',
      reason: expect.stringMatching(/"theirs".*"ours"/),
    });
    expect(requests).toEqual([]);
  });

  test.each([
    [{ kind: 'unverified', sizeBytes: 9, code: 'no-source-checksum' }, 'warn'],
    [{ kind: 'archived', sizeBytes: 9, code: 'source-archived' }, 'warn'],
    [{ kind: 'skipped', sizeBytes: 9 }, 'debug'],
    [{ kind: 'source-missing', sizeBytes: 0 }, 'debug'],
  ] as const)('that ends as %o is done, and logged as %s', async (outcome, level) => {
    const { work, lines } = live(outcome);
    expect(await work()).toEqual({ kind: 'done' });
    expect(lines(level)).toEqual([expect.stringContaining(`"sourceKey":"a","outcome":"${outcome.kind}"`)]);
  });
});

describe('a failure', () => {
  test('that may pass waits in the queue, its tries counted in the message', async () => {
    const { work, failures } = live(error('source-keeps-changing', 'retryable', 180_000));
    const disposition = await work();
    if (disposition.kind !== 'replace') throw new Error(`It became ${disposition.kind}.`);
    expect(parseMessage(disposition.body).message).toEqual({ ...MESSAGE, attempt: 1 });
    expect(disposition.delaySeconds).toBeGreaterThanOrEqual(180);
    expect(failures).toEqual([]);
  });

  test.each([
    ['after its last try', 2, error('source-keeps-changing')],
    ['at once, where trying again will not help', undefined, error('metadata-too-large', 'permanent')],
  ])('ends it %s: listed, counted, and for a person to see; a redrive begins afresh', async (_, attempt, failure) => {
    const { work, failures, outcomes, givenUp } = live(failure);
    const { code, message: reason } = failure;
    expect(await work({ ...MESSAGE, ...(attempt === undefined ? {} : { attempt }) })).toEqual({
      kind: 'dead-letter',
      code,
      reason,
      body: JSON.stringify(MESSAGE),
    });
    expect(failures).toEqual([{ key: 'a', sizeBytes: 5, code, reason, at: NOW }]);
    expect(outcomes).toEqual([['failed', undefined]]);
    expect(givenUp).toEqual([{ sourceKey: 'a', backfill: undefined }]);
  });

  test('that is a bug is counted as any other, logged, and tried again when its write has landed or died', async () => {
    const { work, failures, lines } = live(new TypeError('a bug'));
    const disposition = await work();
    if (disposition.kind !== 'replace') throw new Error(`It became ${disposition.kind}.`);
    expect(parseMessage(disposition.body).message).toEqual({ ...MESSAGE, attempt: 1 });
    expect(disposition.delaySeconds).toBeGreaterThanOrEqual(180);
    expect(lines('error')).toEqual([expect.stringContaining('TypeError')]);
    expect(await work({ ...MESSAGE, attempt: 2 })).toMatchObject({ kind: 'dead-letter', code: 'unforeseen' });
    expect(failures).toHaveLength(1);
  });

  test('that looks like an outage and never ends is its own after very many waits', async () => {
    const { work, failures } = live(error('source-unavailable'));
    await expect(work({ ...MESSAGE, waits: 9_999 })).rejects.toMatchObject({ code: 'source-unavailable' });
    expect(await work({ ...MESSAGE, waits: 10_000 })).toMatchObject({
      kind: 'dead-letter',
      code: 'source-unavailable',
      body: JSON.stringify(MESSAGE),
    });
    expect(failures).toHaveLength(1);
  });

  test.each([
    error('source-throttled'),
    error('source-credentials', 'permanent'),
    error('worker-stopping', 'cancelled'),
  ])("that is not the object's own is not counted against it: %s", async failure => {
    const { work, failures } = live(failure);
    await expect(work({ ...MESSAGE, attempt: 2 })).rejects.toBe(failure);
    expect(failures).toEqual([]);
  });
});
