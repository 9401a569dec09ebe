import { describe, expect, test } from 'vitest';
import { type Found, renew } from '../../../../aws-worker/credentials/renew.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';

const MINUTE = 60_000;
const DOWN = new BridgeError({ kind: 'retryable', code: 'source-credentials-unavailable', message: 'Down.' });
const never = new AbortController().signal;

/** A source that gives the key that it is told to, and counts who asks. */
function stage() {
  const clock = createVirtualClock();
  const { log, lines } = createRecordingLog();
  const closing = new AbortController();
  const source = {
    id: 'first',
    livesMilliseconds: undefined as number | undefined,
    failure: undefined as Error | undefined,
    hangs: false,
    asked: 0,
    signals: [] as AbortSignal[],
  };
  const find = async (signal: AbortSignal): Promise<Found<string>> => {
    source.asked += 1;
    source.signals.push(signal);
    const { id, livesMilliseconds, failure } = source;
    if (source.hangs) await new Promise(() => {});
    await Promise.resolve();
    if (failure !== undefined) throw failure;
    const expiresAt =
      livesMilliseconds === undefined ? undefined : new Date(clock.date().getTime() + livesMilliseconds);
    return { value: id, expiresAt };
  };
  const ask = renew<string>({
    find,
    isSame: (a, b) => a === b,
    what: 'The key',
    unavailableCode: 'source-credentials-unavailable',
    closing: closing.signal,
    clock,
    log,
    random: () => 0,
  });
  return {
    clock,
    lines,
    source,
    closing,
    ask,
    now: () => ask({ signal: never }),
    instead: (refused: string) => ask({ refused, signal: never }),
  };
}

describe('a key without an end', () => {
  test('is found once, however many ask', async () => {
    const { now, source } = stage();
    expect(await Promise.all([now(), now(), now()])).toEqual(['first', 'first', 'first']);
    expect(await now()).toBe('first');
    expect(source.asked).toBe(1);
  });

  test('is looked up again after five minutes, and nobody waits for it', async () => {
    const { clock, now, source, lines } = stage();
    await now();
    source.id = 'second';
    await clock.advance(5 * MINUTE - 1);
    expect(await now()).toBe('first');
    expect(source.asked).toBe(1);
    await clock.advance(1);
    expect(await Promise.all([now(), now()])).toEqual(['first', 'first']);
    await clock.settle();
    expect(await now()).toBe('second');
    expect(source.asked).toBe(2);
    expect(lines('info')).toEqual([expect.stringContaining('The key was replaced.')]);
    expect(lines('info').join()).not.toContain('second');
  });

  test('is used on while its source is down, which is said, and asked once a minute', async () => {
    const { clock, now, source, lines } = stage();
    await now();
    source.failure = DOWN;
    await clock.advance(5 * MINUTE);
    for (let second = 0; second < 180; second++) {
      expect(await now()).toBe('first');
      await clock.advance(1_000);
    }
    expect(source.asked).toBe(1 + 3);
    expect(lines('warn')).toHaveLength(3);
    source.failure = undefined;
    source.id = 'second';
    await clock.advance(MINUTE);
    await now();
    await clock.settle();
    expect(await now()).toBe('second');
  });
});

describe('a key that is refused', () => {
  test('is looked up at once, by one of all that were refused', async () => {
    const { now, instead, source } = stage();
    await now();
    source.id = 'second';
    expect(await Promise.all([instead('first'), instead('first'), instead('first')])).toEqual(Array(3).fill('second'));
    // Who was refused with the old one meanwhile gets the new one without a look.
    expect(await instead('first')).toBe('second');
    expect(source.asked).toBe(2);
  });

  test('and not replaced is not looked up more often than every ten seconds', async () => {
    const { clock, now, instead, source } = stage();
    await now();
    for (let second = 0; second < 60; second++) {
      expect(await instead('first')).toBe('first');
      await clock.advance(1_000);
    }
    expect(source.asked).toBe(1 + 6);
  });

  test('although it was found just now is looked up a second later: its other half may be on its way', async () => {
    const { clock, now, instead, source } = stage();
    await now();
    source.id = 'half';
    expect(await instead('first')).toBe('half');
    source.id = 'whole';
    expect(await instead('half')).toBe('half');
    await clock.advance(1_000);
    expect(await instead('half')).toBe('whole');
  });

  test('gives way to the one that it replaced, until a better one is found', async () => {
    const { clock, now, instead, source, lines } = stage();
    await now();
    source.id = 'half';
    await clock.advance(5 * MINUTE);
    await now();
    await clock.settle();
    expect(await now()).toBe('half');
    expect(await Promise.all([instead('half'), instead('half')])).toEqual(['first', 'first']);
    expect(await now()).toBe('first');
    expect(lines('warn')).toEqual([expect.stringContaining('the one before is used, and it is looked up again')]);
    source.id = 'whole';
    await clock.advance(10_000);
    await now();
    await clock.settle();
    expect(await now()).toBe('whole');
  });

  test('gives way to no one that it replaced long ago, which is disabled by now', async () => {
    const { clock, now, instead, source } = stage();
    await now();
    source.id = 'second';
    for (let minutes = 0; minutes < 15; minutes += 5) {
      await clock.advance(5 * MINUTE);
      await now();
      await clock.settle();
    }
    // Whatever the reason: something on the way broke one signature.
    expect(await instead('second')).toBe('second');
    expect(await now()).toBe('second');
  });

  test('gives way to no one that has ended', async () => {
    const { clock, now, instead, source } = stage();
    source.livesMilliseconds = 4 * MINUTE;
    await now();
    source.id = 'second';
    await clock.advance(3 * MINUTE);
    await now();
    await clock.settle();
    source.livesMilliseconds = 60 * MINUTE;
    expect(await now()).toBe('second');
    await clock.advance(2 * MINUTE - 1);
    expect(await instead('second')).toBe('second');
  });

  test('while it is being looked up is remembered as refused', async () => {
    const { clock, now, instead, source } = stage();
    await now();
    await clock.advance(5 * MINUTE);
    source.id = 'second';
    // The look behind has begun when it is refused.
    const [, found] = await Promise.all([now(), instead('first')]);
    expect(found).toBe('second');
    await clock.advance(1_000);
    expect(await instead('second')).toBe('second');
    expect(await now()).toBe('second');
  });

  test('does not give way to one that was refused itself', async () => {
    const { clock, now, instead, source } = stage();
    await now();
    source.id = 'second';
    expect(await instead('first')).toBe('second');
    await clock.advance(1_000);
    expect(await instead('second')).toBe('second');
  });
});

describe('a source that gives none', () => {
  test('is asked every ten seconds, however many need one; all are told why', async () => {
    const { clock, now, source } = stage();
    source.failure = DOWN;
    for (let second = 0; second < 60; second++) {
      const told = await Promise.allSettled([now(), now(), now()]);
      expect(told.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
      await expect(now()).rejects.toBe(DOWN);
      await clock.advance(1_000);
    }
    expect(source.asked).toBe(6);
    source.failure = undefined;
    await clock.advance(10_000);
    expect(await now()).toBe('first');
  });

  test('the same, when one that was refused is to be replaced', async () => {
    const { clock, now, instead, source } = stage();
    await now();
    source.failure = DOWN;
    for (let second = 0; second < 60; second++) {
      await expect(instead('first')).rejects.toBe(DOWN);
      await clock.advance(1_000);
    }
    expect(source.asked).toBe(1 + 6);
  });

  test('and does not answer is given up, and asked again', async () => {
    const { clock, now, source } = stage();
    source.hangs = true;
    const asked = now();
    const told = expect(asked).rejects.toMatchObject({
      kind: 'retryable',
      code: 'source-credentials-unavailable',
      message: 'The key could not be had: no answer within 90 seconds.',
    });
    await clock.advance(90_000);
    await told;
    expect(source.signals[0]?.aborted).toBe(true);
    source.hangs = false;
    await clock.advance(10_000);
    expect(await now()).toBe('first');
  });

  test('keeps nobody longer than they wait', async () => {
    const { ask, source } = stage();
    source.hangs = true;
    const mine = new AbortController();
    const asked = ask({ signal: mine.signal });
    mine.abort();
    await expect(asked).rejects.toMatchObject({ kind: 'cancelled' });
    expect(source.signals[0]?.aborted).toBe(false);
  });

  test('is told to end at the end', async () => {
    const { now, source, closing } = stage();
    source.hangs = true;
    const told = expect(now()).rejects.toMatchObject({ kind: 'cancelled' });
    closing.abort();
    await told;
    expect(source.signals[0]?.aborted).toBe(true);
  });
});

describe('a key with an end', () => {
  test.each([
    [60 * MINUTE, 55 * MINUTE],
    [10 * MINUTE, 5 * MINUTE],
    [4 * MINUTE, 2 * MINUTE],
    [1_000, 500],
  ])('that lives %i ms is renewed after %i ms', async (livesMilliseconds, renewedAfter) => {
    const { clock, now, source } = stage();
    source.livesMilliseconds = livesMilliseconds;
    await now();
    source.id = 'second';
    await clock.advance(renewedAfter - 1);
    expect(await now()).toBe('first');
    expect(source.asked).toBe(1);
    await clock.advance(1);
    expect(await now()).toBe('first');
    await clock.settle();
    expect(await now()).toBe('second');
  });

  test('is never used after it: who asks then waits for the next', async () => {
    const { clock, now, source } = stage();
    source.livesMilliseconds = 60 * MINUTE;
    await now();
    await clock.advance(60 * MINUTE);
    source.id = 'second';
    expect(await Promise.all([now(), now()])).toEqual(['second', 'second']);
    expect(source.asked).toBe(2);
    source.failure = DOWN;
    await clock.advance(60 * MINUTE);
    await expect(now()).rejects.toBe(DOWN);
  });

  test('is used to it while its source is down', async () => {
    const { clock, now, source } = stage();
    source.livesMilliseconds = 60 * MINUTE;
    await now();
    source.failure = DOWN;
    await clock.advance(60 * MINUTE - 1);
    expect(await now()).toBe('first');
    await clock.settle();
    expect(await now()).toBe('first');
  });

  test('that lies in the past is no key', async () => {
    const { now, source } = stage();
    source.livesMilliseconds = -1;
    await expect(now()).rejects.toMatchObject({
      kind: 'retryable',
      code: 'source-credentials-unavailable',
      message: expect.stringMatching(/^The key that was found has expired, at .*Look at what renews it/),
    });
  });
});
