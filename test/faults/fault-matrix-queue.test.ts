// Every fault against every request to the queues, while objects wait on purpose, fail for good, and are backfilled: nothing is lost, nothing is left, and
// the dead-letter queue holds what failed, with its reason. A message whose answer was lost may be there twice.
// Left out: what outlasts the SDK's ten seconds; a flipped bit, which but TLS and the digest of a body can tell; more than three times of one kind of refusal.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LOCAL } from '../../local/local-cloud.ts';
import { expectReasons } from '../acceptance/dead-letters.ts';
import { expectEqual, expectNoFailure, expectOnlySourceVersionsInOrder } from '../acceptance/moving-verdict.ts';
import { type MatrixBridge, startMatrixBridge } from './matrix/matrix-bridge.ts';
import { type MuchWork, prepareMuch } from './matrix/move-much.ts';
import { QUEUE_FAULTS, QUEUE_PLACES, type QueueFault } from './matrix/queue-faults.ts';
import { createQueueTime } from './matrix/queue-time.ts';

vi.mock('../../shared/backoff.ts', async () => (await import('./matrix/short-waits.ts')).shortBackoff());
vi.mock('../../aws-worker/storage/oss-source-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortOssTimeouts(),
);
vi.mock('../../aws-worker/storage/s3-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortS3Timeouts(),
);

const VISIBILITY_SECONDS = 3600;
const LASTING_MILLISECONDS = 400;

let bridge: MatrixBridge;
beforeAll(async () => {
  bridge = await startMatrixBridge({ visibilityTimeoutSeconds: VISIBILITY_SECONDS });
});
afterAll(() => bridge?.close());

describe('the queues meet', () => {
  test.each(QUEUE_FAULTS.map(kind => [kind.name, kind] as const))('%s, once at each request', async (name, kind) => {
    await moveMuch(kind, { folder: `${name} once`, times: 1 });
  });

  test.each(QUEUE_FAULTS.map(kind => [kind.name, kind] as const))('%s, for a while', async (name, kind) => {
    await moveMuch(kind, { folder: `${name} for a while`, times: undefined });
  });
});

async function moveMuch(
  { fault, operations, mostTimes }: QueueFault,
  { folder, times }: { readonly folder: string; readonly times: number | undefined },
): Promise<void> {
  const { faults } = bridge.cloud;
  const work = await prepareMuch(bridge, folder);
  const [waits = '', fails = ''] = work.liveKeys;
  const throttled = { kind: 'status', status: 503, code: 'SlowDown', retryAfterSeconds: 60 } as const;
  faults.add({ service: 's3', operation: 'PutObject', key: waits, times: 2, fault: throttled });
  const denied = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
  const denial = faults.add({ service: 's3', operation: 'PutObject', key: fails, fault: denied });
  // The worker begins when all is in place: the handler's own sends are not what is tested here.
  const pause = faults.add({
    service: 's3',
    operation: ['PutObject', 'HeadObject'],
    keyPrefix: folder,
    fault: throttled,
  });
  await work.tell();
  const places = QUEUE_PLACES.filter(({ operation }) => operations?.includes(operation) ?? true);
  const most = times ?? mostTimes;
  const limit = most === undefined ? {} : { times: most };
  const ids = places.map(place => faults.add({ service: 'sqs', ...place, ...limit, fault }));
  const struck = () => ids.map(id => faults.find(id)?.struck ?? 0);
  faults.remove(pause);
  if (times === undefined) {
    await delay(LASTING_MILLISECONDS);
    expect(Math.max(...struck())).toBeGreaterThan(0);
    for (const id of ids) faults.remove(id);
  }
  const passTime = createQueueTime(bridge, VISIBILITY_SECONDS);
  expect(await work.untilDone(passTime)).toMatchObject({ found: 3, copied: 3, failed: 0, remaining: 0 });
  if (times !== undefined) expect(unstruck(places, struck())).toEqual([]);
  for (const id of [...ids, denial]) faults.remove(id);
  await expectMoved(work, fails);
  await work.forget();
}

/** Visibility is changed where something could not be sent, or takes long: not here, unless a fault makes it so. */
function unstruck(
  places: readonly { readonly operation: string; readonly queue: string }[],
  struck: readonly number[],
) {
  return places.filter(({ operation }, index) => struck[index] === 0 && operation !== 'ChangeMessageVisibilityBatch');
}

async function expectMoved(work: MuchWork, failedKey: string): Promise<void> {
  for (const key of work.keys) {
    const standing = { ...(await work.standing(key)), outcomes: [], backfill: undefined };
    expectOnlySourceVersionsInOrder(standing);
    if (key === failedKey) {
      expect(standing.failures.map(({ code }) => code)).toEqual(['destination-access-denied']);
      expectReasons(standing.deadLetters, 'destination-access-denied');
    } else {
      expectEqual(standing);
      expectNoFailure(standing);
    }
  }
  // Nothing is there but what failed: no message was received so often that SQS put it there.
  const letters = bridge.cloud.sqs.peek(LOCAL.deadLetterQueue).map(({ body }) => body);
  const own = letters.filter(body => work.keys.some(key => body.includes(JSON.stringify(key))));
  expect(own.filter(body => !body.includes(JSON.stringify(failedKey)))).toEqual([]);
}
