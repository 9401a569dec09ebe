import { describe, expect, test } from 'vitest';
import { createFailureRuns, RUN_OBJECTS } from '../../../../aws-worker/backfill/failure-runs.ts';
import { createBackfillFixture, error } from './backfill-fixture.ts';

const BACKFILL = { id: 'bf-1', resumes: 0 };
const DENIED = 'source-access-denied';

/** `-` is an object that was moved, `=` one that was found equal; anything else the code of a failure, repeated. */
function runOf(...events: readonly (readonly [code: string, times: number])[]) {
  const runs = createFailureRuns();
  for (const [code, times] of events) {
    for (let time = 0; time < times; time++) {
      if (code === '-') runs.ended(BACKFILL, { kind: 'copied', isWritten: true });
      else if (code === '=') runs.ended(BACKFILL, { kind: 'skipped' });
      else runs.failed(BACKFILL, { code, reason: `Said of ${time}.` });
    }
  }
  return runs.lasting(BACKFILL);
}

describe('a run of failures', () => {
  test.each([
    'source-access-denied',
    'source-refused',
    'source-apk-download-forbidden',
    'destination-access-denied',
    'destination-request-refused',
    'destination-not-supported',
    'object-needs-more-memory',
    'source-bad-answer',
    'source-checksum-mismatch',
    'destination-checksum-mismatch',
    'destination-stored-other-bytes',
  ])('of %s, which a person can mend for all, lasts from the twentieth on', code => {
    expect(runOf([code, RUN_OBJECTS - 1])).toBeUndefined();
    expect(runOf([code, RUN_OBJECTS])).toMatchObject({ code, objects: 20, reason: 'Said of 19.' });
  });

  test.each([
    'key-too-long',
    'key-outside-prefix',
    'key-empty-at-destination',
    'key-invalid',
    'metadata-too-large',
    'metadata-not-allowed',
    'header-not-allowed',
    'tags-not-allowed',
    'object-too-large',
    'source-symlink-invalid',
    'source-key-refused',
  ])('of %s, which is one object’s own, never does', code => {
    expect(runOf([code, 1_000])).toBeUndefined();
  });

  test.each([
    [
      'a success in between ends it',
      [
        [DENIED, 19],
        ['-', 1],
        [DENIED, 19],
      ],
      undefined,
    ],
    [
      'an object that is found equal in between ends it, where a look needs the same permission',
      [
        [DENIED, 19],
        ['=', 1],
        [DENIED, 19],
      ],
      undefined,
    ],
    [
      'an object that is found equal in between says nothing of writing',
      [
        ['destination-access-denied', 19],
        ['=', 1],
        ['destination-access-denied', 1],
      ],
      20,
    ],
    [
      'an object that is found equal in between says nothing of reading',
      [
        ['source-bad-answer', 19],
        ['=', 1],
        ['source-bad-answer', 1],
      ],
      20,
    ],
    [
      'a failure of another code begins another',
      [
        [DENIED, 19],
        ['source-refused', 1],
        [DENIED, 19],
      ],
      undefined,
    ],
    [
      'an object’s own failure in between does not count, and does not end it',
      [
        [DENIED, 19],
        ['key-too-long', 5],
        [DENIED, 1],
      ],
      20,
    ],
    ['it goes on after it is long enough', [[DENIED, 45]], 45],
  ] as const)('%s', (_, events, objects) => {
    expect(runOf(...events)?.objects).toBe(objects);
  });

  test('is one backfill’s, and begins anew when that is resumed', () => {
    const runs = createFailureRuns();
    const failure = { code: DENIED, reason: '' };
    for (let count = 0; count < 30; count++) runs.failed({ id: 'bf-2', resumes: 0 }, failure);
    expect(runs.lasting(BACKFILL)).toBeUndefined();
    const resumed = { id: 'bf-2', resumes: 1 };
    expect(runs.lasting(resumed)).toBeUndefined();
    runs.failed(resumed, failure);
    // Work that was begun before the resume.
    for (let count = 0; count < 30; count++) runs.failed({ id: 'bf-2', resumes: 0 }, failure);
    for (let count = 0; count < 18; count++) runs.failed(resumed, failure);
    expect(runs.lasting(resumed)).toBeUndefined();
    runs.failed(resumed, failure);
    expect(runs.lasting(resumed)?.objects).toBe(20);
  });
});

/** Batches of one object each, as of large objects. */
async function failing(objects: number, failure: (key: string) => Error | undefined) {
  const fixture = await createBackfillFixture({ settings: { maxBatchBytes: 1 } });
  fixture.addObjects(objects, 10);
  fixture.answerWith(({ key }) => {
    const thrown = failure(key);
    if (thrown !== undefined) throw thrown;
    return { kind: 'copied', sizeBytes: 10 };
  });
  const id = await fixture.start();
  return { ...fixture, id };
}

describe('a backfill whose objects fail one after the other', () => {
  test('is paused, across batches; resumed and retried, all of it is copied', async () => {
    const fixture = await failing(30, () => error(DENIED, 'permanent'));
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'paused',
      reason: expect.stringMatching(/^20 objects in a row met source-access-denied\. .*resume.*retry-failed/),
      counts: { byOutcome: { failed: { objects: 19 } }, remaining: { objects: 11 } },
    });
    expect(fixture.deadLetters.bodies).toHaveLength(19);
    fixture.answerWith(() => ({ kind: 'copied', sizeBytes: 10 }));
    await fixture.ledger.retryFailed(fixture.id);
    await fixture.resume(fixture.id);
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'done',
      reason: undefined,
      counts: { byOutcome: { copied: { objects: 30 }, failed: { objects: 0 } } },
    });
  });

  test('is paused where they are owed objects, and none of them is given up', async () => {
    let isDenied = false;
    const fixture = await failing(25, () =>
      error(isDenied ? DENIED : 'source-keeps-changing', isDenied ? 'permanent' : 'retryable'),
    );
    for (let count = 0; count < 26; count++) await fixture.workOffOne();
    expect((await fixture.backfill(fixture.id)).counts.unpaidObjects).toBe(25);
    isDenied = true;
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'paused',
      counts: { byOutcome: { failed: { objects: 19 } }, unpaidObjects: 6 },
    });
  });

  test('is paused again, where nothing was mended', async () => {
    const fixture = await failing(45, () => error(DENIED, 'permanent'));
    await fixture.workOff();
    await fixture.resume(fixture.id);
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'paused',
      counts: { byOutcome: { failed: { objects: 38 } }, remaining: { objects: 7 } },
    });
  });

  test('runs on where some succeed in between, or where each failure is its own', async () => {
    const some = await failing(60, key => (Number(key.slice(1)) % 10 === 0 ? undefined : error(DENIED, 'permanent')));
    await some.workOff();
    expect(await some.backfill(some.id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { failed: { objects: 54 } } },
    });
    const own = await failing(30, () => error('metadata-too-large', 'permanent'));
    await own.workOff();
    expect(await own.backfill(own.id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { failed: { objects: 30 } } },
    });
  });

  test('is not paused by work that was begun before it was resumed', async () => {
    const fixture = await failing(20, () => error(DENIED, 'permanent'));
    fixture.steps.before('changeStatus', async ({ call }) => {
      if (call !== 1) return;
      await fixture.pause(fixture.id);
      await fixture.resume(fixture.id);
      fixture.answerWith(() => ({ kind: 'copied', sizeBytes: 10 }));
    });
    await fixture.workOff();
    expect(await fixture.backfill(fixture.id)).toMatchObject({
      status: 'done',
      counts: { byOutcome: { failed: { objects: 19 }, copied: { objects: 1 } } },
    });
  });
});
