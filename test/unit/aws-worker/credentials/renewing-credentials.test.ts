import { describe, expect, test } from 'vitest';
import type { FoundCredentials } from '../../../../aws-worker/credentials/credentials-json.ts';
import { renewCredentials } from '../../../../aws-worker/credentials/renewing-credentials.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';

const MINUTE = 60_000;
const DOWN = new BridgeError({ kind: 'retryable', code: 'source-credentials-unavailable', message: 'Down.' });

/** A source that gives the key that it is told to, and counts who asks. */
function stage() {
  const clock = createVirtualClock();
  const { log, lines } = createRecordingLog();
  const source = {
    id: 'first',
    livesMilliseconds: undefined as number | undefined,
    failure: undefined as Error | undefined,
    asked: 0,
  };
  const find = async (): Promise<FoundCredentials> => {
    source.asked += 1;
    const { id, livesMilliseconds, failure } = source;
    await Promise.resolve();
    if (failure !== undefined) throw failure;
    const expiresAt =
      livesMilliseconds === undefined ? undefined : new Date(clock.date().getTime() + livesMilliseconds);
    return { credentials: { accessKeyId: id, accessKeySecret: `${id} secret` }, expiresAt };
  };
  const credentials = renewCredentials({ find, clock, log });
  const idNow = async () => (await credentials()).accessKeyId;
  return { clock, lines, source, credentials, idNow };
}

describe('a key without an end', () => {
  test('is found once, however many ask', async () => {
    const { idNow, source } = stage();
    expect(await Promise.all([idNow(), idNow(), idNow()])).toEqual(['first', 'first', 'first']);
    expect(await idNow()).toBe('first');
    expect(source.asked).toBe(1);
  });

  test('is looked up again after five minutes, and nobody waits for it', async () => {
    const { clock, idNow, source, lines } = stage();
    await idNow();
    source.id = 'second';
    await clock.advance(5 * MINUTE - 1);
    expect(await idNow()).toBe('first');
    expect(source.asked).toBe(1);
    await clock.advance(1);
    expect(await Promise.all([idNow(), idNow()])).toEqual(['first', 'first']);
    await clock.settle();
    expect(await idNow()).toBe('second');
    expect(source.asked).toBe(2);
    expect(lines('info')).toEqual([expect.stringContaining('OSS is read with a new key.')]);
    expect(lines('info').join()).not.toContain('second');
  });

  test('is used on while its source is down, which is said, and asked every ten seconds', async () => {
    const { clock, idNow, source, lines } = stage();
    await idNow();
    source.failure = DOWN;
    await clock.advance(5 * MINUTE);
    for (let second = 0; second < 60; second++) {
      expect(await idNow()).toBe('first');
      await clock.advance(1_000);
    }
    expect(source.asked).toBe(1 + 6);
    expect(lines('warn')).toHaveLength(6);
    source.failure = undefined;
    source.id = 'second';
    await clock.advance(10_000);
    await idNow();
    await clock.settle();
    expect(await idNow()).toBe('second');
  });

  test('is looked up at once when OSS refuses it, by one of all that were refused', async () => {
    const { credentials, source } = stage();
    const refused = await credentials();
    source.id = 'second';
    const found = await Promise.all([credentials(refused), credentials(refused), credentials(refused)]);
    expect(found.map(({ accessKeyId }) => accessKeyId)).toEqual(['second', 'second', 'second']);
    // Who was refused with the old one meanwhile gets the new one without a look.
    expect((await credentials(refused)).accessKeyId).toBe('second');
    expect(source.asked).toBe(2);
  });

  test('that is refused and not replaced is not asked for more often than every ten seconds', async () => {
    const { clock, credentials, source } = stage();
    const refused = await credentials();
    for (let second = 0; second < 60; second++) {
      expect(await credentials(refused)).toEqual(refused);
      await clock.advance(1_000);
    }
    expect(source.asked).toBe(1 + 6);
  });

  test('that cannot be found is told to everybody, and asked for again', async () => {
    const { idNow, source } = stage();
    source.failure = DOWN;
    await expect(idNow()).rejects.toBe(DOWN);
    source.failure = undefined;
    expect(await idNow()).toBe('first');
  });
});

describe('a key with an end', () => {
  test.each([
    [60 * MINUTE, 55 * MINUTE],
    [10 * MINUTE, 5 * MINUTE],
    [4 * MINUTE, 2 * MINUTE],
    [1_000, 500],
  ])('that lives %i ms is renewed after %i ms', async (livesMilliseconds, renewedAfter) => {
    const { clock, idNow, source } = stage();
    source.livesMilliseconds = livesMilliseconds;
    await clock.advance(20_000);
    await idNow();
    source.id = 'second';
    await clock.advance(Math.max(renewedAfter - 1, 0));
    expect(await idNow()).toBe('first');
    expect(source.asked).toBe(1);
    await clock.advance(Math.max(1, 10_000 - renewedAfter)); // no more than one look in ten seconds, before the end
    if (livesMilliseconds > 10_000) expect(await idNow()).toBe('first');
    await clock.settle();
    expect(await idNow()).toBe('second');
  });

  test('is never used after it: who asks then waits for the next', async () => {
    const { clock, idNow, source } = stage();
    source.livesMilliseconds = 60 * MINUTE;
    await idNow();
    await clock.advance(60 * MINUTE);
    source.id = 'second';
    expect(await Promise.all([idNow(), idNow()])).toEqual(['second', 'second']);
    expect(source.asked).toBe(2);
    source.failure = DOWN;
    await clock.advance(60 * MINUTE);
    await expect(idNow()).rejects.toBe(DOWN);
  });

  test('that lies in the past is no key', async () => {
    const { idNow, source } = stage();
    source.livesMilliseconds = -1;
    await expect(idNow()).rejects.toMatchObject({
      kind: 'retryable',
      code: 'source-credentials-unavailable',
      message: expect.stringMatching(/has expired, at .*Look at what renews it/),
    });
  });
});
