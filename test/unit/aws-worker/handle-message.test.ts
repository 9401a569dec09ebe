import { describe, expect, test } from 'vitest';
import { sweep } from '../../../aws-worker/backfill/sweep.ts';
import { createHandleMessage } from '../../../aws-worker/handle-message.ts';
import { BridgeError } from '../../../shared/bridge-error.ts';
import { type BackfillFixture, createBackfillFixture, error, received, SIGNAL } from './backfill/backfill-fixture.ts';

const OBJECT = '{"key":"a","size":5}';
const WAITED = '{"key":"a","size":5,"waits":1}';

async function failing(failure: unknown): Promise<BackfillFixture> {
  const fixture = await createBackfillFixture();
  fixture.answerWith(() => {
    throw failure;
  });
  return fixture;
}

describe('a message reaches its work', () => {
  test('of an object: the live one', async () => {
    const { handle, requests } = await createBackfillFixture();
    expect(await handle(received(OBJECT), { signal: SIGNAL })).toEqual({ kind: 'done' });
    expect(requests).toMatchObject([{ key: 'a', mode: 'live', backfill: undefined }]);
  });

  test('of a backfill: range, batch, object that is owed', async () => {
    const fixture = await createBackfillFixture();
    fixture.addObjects(2);
    let failures = 1;
    fixture.answerWith(({ key }) => {
      if (key === 'k0001' && failures-- > 0) throw error('source-keeps-changing');
      return { kind: 'copied', sizeBytes: 1 };
    });
    const id = await fixture.start();
    await fixture.workOff();
    expect((await fixture.backfill(id)).status).toBe('done');
    expect(fixture.requests.map(({ key, backfill }) => [key, backfill])).toEqual([
      ['k0000', id],
      ['k0001', id],
      ['k0001', id],
    ]);
  });

  test.each(['', 'not JSON', '[]', '{}', '{"key":""}', '{"key":"a","size":-1}'])(
    'that cannot be read is for a person to see: %s',
    async body => {
      const { handle, requests } = await createBackfillFixture();
      expect(await handle(received(body), { signal: SIGNAL })).toEqual({
        kind: 'dead-letter',
        code: 'malformed-message',
        reason: expect.stringContaining("This message can't be read"),
      });
      expect(requests).toEqual([]);
    },
  );
});

describe('each kind of failure becomes', () => {
  test.each([
    [
      'a delay and a new try',
      error('source-keeps-changing'),
      { kind: 'replace', body: expect.stringContaining('"attempt":1') },
    ],
    ['a dead letter', error('metadata-too-large', 'permanent'), { kind: 'dead-letter', code: 'metadata-too-large' }],
    ['a wait: it would meet every object', error('source-credentials', 'permanent'), { kind: 'replace', body: WAITED }],
    [
      'a wait: OSS asks for it',
      error('source-throttled', 'retryable', 70_000),
      { kind: 'replace', body: WAITED, delaySeconds: 70 },
    ],
  ])('%s', async (_, failure, disposition) => {
    const { handle } = await failing(failure);
    expect(await handle(received(OBJECT), { signal: SIGNAL })).toMatchObject(disposition);
  });

  test('a new try, where it is a bug that an object meets', async () => {
    const { handle } = await failing(new TypeError('a bug'));
    const disposition = { kind: 'replace', body: expect.stringContaining('"attempt":1') };
    expect(await handle(received(OBJECT), { signal: SIGNAL })).toMatchObject(disposition);
  });

  test('nothing here, where it is a bug of no object: the consumer gives the message back and logs it', async () => {
    const bug = new TypeError('a bug');
    const fixture = await createBackfillFixture();
    await fixture.start();
    fixture.steps.before('findBackfillRow', () => {
      throw bug;
    });
    const [body = ''] = fixture.queue.bodies;
    await expect(fixture.handle(received(body), { signal: SIGNAL })).rejects.toBe(bug);
  });

  test('a wait, where a listing failed that is about no object', async () => {
    const fixture = await createBackfillFixture();
    await fixture.start();
    fixture.steps.before('list', () => {
      throw error('listing-bad-answer');
    });
    const [body = ''] = fixture.queue.bodies;
    expect(await fixture.handle(received(body), { signal: SIGNAL })).toMatchObject({ kind: 'replace', body });
    expect(fixture.lines('warn')).toHaveLength(1);
  });
});

describe('an abort', () => {
  const soon = { kind: 'replace', body: OBJECT, delaySeconds: 1 };
  const whenSettled = { kind: 'replace', body: OBJECT, delaySeconds: 180 };
  const inDoubt = error('write-in-doubt', 'cancelled');

  // Whatever the broken requests said in the end.
  test.each([
    error('source-throttled'),
    error('source-unavailable'),
    new BridgeError({ kind: 'cancelled', code: 'cancelled', message: 'Cancelled.' }),
  ])('is one, though the work ended with $code', async failure => {
    const { handle, troubles } = await failing(failure);
    const signal = AbortSignal.abort(error('worker-stopping', 'cancelled'));
    expect(await handle(received(OBJECT), { signal })).toEqual(soon);
    expect(troubles).toEqual([]);
  });

  test.each([
    ['goes on as a new message', 'worker-stopping', error('source-unavailable'), soon],
    ['goes on when a write that was sent has landed or died', 'worker-stopping', inDoubt, whenSettled],
    ['goes on as a new message', 'receipt-near-limit', error('cancelled', 'cancelled'), soon],
    ['goes on when a write that was sent has landed or died', 'receipt-near-limit', inDoubt, whenSettled],
    ['leaves the message to others', 'receipt-lost', error('cancelled', 'cancelled'), { kind: 'drop' }],
    ['is looked after when a write that was sent has landed or died', 'receipt-lost', inDoubt, whenSettled],
  ] as const)('%s: %s', async (_, reason, failure, disposition) => {
    const { handle } = await failing(failure);
    const signal = AbortSignal.abort(error(reason, 'cancelled'));
    expect(await handle(received(OBJECT), { signal })).toEqual(disposition);
  });

  test.each([0, 1])('of a batch leaves a write in doubt, whichever of its objects fails first', async inDoubtOf => {
    const fixture = await createBackfillFixture();
    fixture.addObjects(2);
    await fixture.start();
    const work = new AbortController();
    fixture.answerWith(({ key }) => {
      work.abort(error('receipt-lost', 'cancelled'));
      throw key === `k000${inDoubtOf}` ? inDoubt : error('cancelled', 'cancelled');
    });
    await fixture.workOffOne();
    const batch = fixture.queue.bodies.find(body => body.includes('"batch"')) ?? '';
    const disposition = await fixture.handle(received(batch), { signal: work.signal });
    expect(disposition).toEqual({ kind: 'replace', body: batch, delaySeconds: 180 });
  });
});

describe('trouble that would meet every object', () => {
  test('waits half a minute or more; the waits are counted, faster while other work succeeds', async () => {
    const fixture = await failing(error('source-unavailable'));
    const wait = async (body: string) => {
      const disposition = await fixture.handle(received(body), { signal: SIGNAL });
      if (disposition.kind !== 'replace') throw new Error(`It became ${disposition.kind}.`);
      expect(disposition.delaySeconds).toBeGreaterThanOrEqual(30);
      expect(disposition.delaySeconds).toBeLessThanOrEqual(60);
      return disposition.body;
    };
    expect(await wait(OBJECT)).toBe(WAITED);
    fixture.answerWith(({ key }) => {
      if (key === 'a') throw error('source-unavailable');
      return { kind: 'copied', sizeBytes: 1 };
    });
    await fixture.handle(received('{"key":"b"}'), { signal: SIGNAL });
    expect(await wait(WAITED)).toBe('{"key":"a","size":5,"waits":21}');
    await fixture.clock.advance(600_000);
    expect(await wait(WAITED)).toBe('{"key":"a","size":5,"waits":2}');
  });

  test.each([
    ['a key that is gone', 'source-unavailable', 'source-missing', 'asks nothing of the destination'],
    ['a copy', 'destination-credentials', 'copied', 'says nothing of credentials'],
    ['a copy', 'source-throttled', 'copied', 'is what throttling lets through'],
  ] as const)('is not taken for one key because of %s: %s, %s, %s', async (_what, code, kind, _why) => {
    const fixture = await failing(error(code));
    fixture.answerWith(({ key }) => {
      if (key === 'a') throw error(code);
      return { kind, sizeBytes: 1 };
    });
    await fixture.handle(received('{"key":"b"}'), { signal: SIGNAL });
    const disposition = await fixture.handle(received(WAITED), { signal: SIGNAL });
    expect(disposition).toMatchObject({ kind: 'replace', body: '{"key":"a","size":5,"waits":2}' });
  });

  test('for a single key of a backfill ends: it fails, the rest is copied, the backfill is done', async () => {
    const fixture = await createBackfillFixture();
    fixture.addObjects(30);
    fixture.answerWith(({ key }) => {
      if (key === 'k0007') throw error('source-redirected', 'permanent');
      return { kind: 'copied', sizeBytes: 1 };
    });
    const id = await fixture.start();
    const otherWork = () => fixture.handle(received('{"key":"other"}'), { signal: SIGNAL });
    await fixture.workOff(async () => void (await otherWork()));
    expect(await fixture.backfill(id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { copied: { objects: 29 }, failed: { objects: 1 } } },
    });
    expect(fixture.deadLetters.bodies).toEqual(['{"key":"k0007","size":1}']);
  });

  test('is no silence of a debt: what waits on purpose is not sent for again', async () => {
    const fixture = await failing(error('source-unavailable'));
    fixture.addObjects(3);
    await fixture.start();
    const hours = 3 * 60;
    for (let minute = 0; minute < hours; minute++) {
      while (await fixture.workOffOne());
      await sweep(fixture.context);
      await fixture.clock.advance(60_000);
    }
    expect(fixture.queue.bodies).toHaveLength(1);
  });

  test.each([
    ['error', error('destination-credentials', 'permanent')],
    ['warn', error('destination-throttled')],
  ] as const)('is told, and logged as %s', async (level, failure) => {
    const { handle, troubles, lines } = await failing(failure);
    await handle(received(OBJECT), { signal: SIGNAL });
    expect(troubles).toEqual([failure.code]);
    expect(lines(level)).toHaveLength(1);
  });

  test("is over when something is done, and not because an object's own failure or a refused message came by", async () => {
    const fixture = await failing(error('source-unavailable'));
    const handle = createHandleMessage(fixture.messages);
    await handle(received(OBJECT), { signal: SIGNAL });
    fixture.answerWith(() => {
      throw error('source-keeps-changing');
    });
    await handle(received(OBJECT), { signal: SIGNAL });
    await handle(received('{"key":"a","bucket":"theirs"}'), { signal: SIGNAL });
    expect(fixture.troubles).toEqual(['source-unavailable']);
    fixture.answerWith(() => ({ kind: 'skipped', sizeBytes: 5 }));
    await handle(received(OBJECT), { signal: SIGNAL });
    expect(fixture.troubles).toEqual(['source-unavailable', undefined]);
  });
});
