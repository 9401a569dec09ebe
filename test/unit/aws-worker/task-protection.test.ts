import { expect, it } from 'vitest';
import {
  LONG_WORK_MILLISECONDS,
  LOOK_EVERY_MILLISECONDS,
  PROTECTED_MINUTES,
  protectTask,
  startTaskProtection,
  UNPROTECTED_MILLISECONDS,
} from '../../../aws-worker/task-protection.ts';
import { BridgeError } from '../../../shared/bridge-error.ts';
import { createRecordingLog } from '../../fakes/recording-log.ts';
import { createVirtualClock } from '../../fakes/virtual-clock.ts';

const PROTECTED_MILLISECONDS = PROTECTED_MINUTES * 60_000;
/** Long, and seen to be. */
const SEEN_MILLISECONDS = LONG_WORK_MILLISECONDS + LOOK_EVERY_MILLISECONDS;

function setUp() {
  const clock = createVirtualClock();
  const { log, lines } = createRecordingLog();
  const start = clock.now();
  const asked: { readonly minutes: number; readonly at: number }[] = [];
  let failure: BridgeError | undefined;
  const agent = {
    async protect(minutes: number) {
      asked.push({ minutes, at: clock.now() - start });
      if (failure !== undefined) throw failure;
    },
  };
  const protection = protectTask({ agent, clock, log });
  /** Work that goes on until it is told to end. */
  const begin = () => {
    let end = (_value: string): void => undefined;
    const ended = protection.during(() => new Promise<string>(resolve => (end = resolve)));
    return async () => {
      end('done');
      expect(await ended).toBe('done');
    };
  };
  const fail = (error?: BridgeError) => {
    failure = error;
  };
  return { clock, lines, asked, minutes: () => asked.map(({ minutes }) => minutes), protection, begin, fail };
}

function failed(code = 'task-protection-failed'): BridgeError {
  return new BridgeError({ kind: 'retryable', code, message: 'ECS said no.' });
}

it('asks for nothing while work is short, however much of it there is', async () => {
  const { clock, minutes, begin } = setUp();
  for (let round = 0; round < 100; round++) {
    const end = begin();
    await clock.advance(LONG_WORK_MILLISECONDS - 1);
    await end();
  }
  expect(minutes()).toEqual([]);
});

it('protects the task once work takes long, and releases it when no work does', async () => {
  const { clock, asked, begin } = setUp();
  const endLong = begin();
  await clock.advance(SEEN_MILLISECONDS);
  expect(asked).toEqual([{ minutes: PROTECTED_MINUTES, at: LONG_WORK_MILLISECONDS }]);
  const endShort = begin();
  await endLong();
  await clock.advance(LOOK_EVERY_MILLISECONDS);
  expect(asked.map(({ minutes }) => minutes)).toEqual([PROTECTED_MINUTES, 0]);
  await endShort();
  await clock.advance(PROTECTED_MILLISECONDS);
  expect(asked).toHaveLength(2);
});

it('stays protected while any work takes long', async () => {
  const { clock, minutes, begin } = setUp();
  const endFirst = begin();
  const endSecond = begin();
  await clock.advance(SEEN_MILLISECONDS);
  await endFirst();
  await clock.advance(10 * LOOK_EVERY_MILLISECONDS);
  expect(minutes()).toEqual([PROTECTED_MINUTES]);
  await endSecond();
  await clock.advance(LOOK_EVERY_MILLISECONDS);
  expect(minutes()).toEqual([PROTECTED_MINUTES, 0]);
});

it('knows the end of work that fails, too', async () => {
  const { clock, minutes, protection } = setUp();
  const failing = async (): Promise<void> => {
    await clock.wait(SEEN_MILLISECONDS, new AbortController().signal);
    throw new Error('broken');
  };
  const ended = expect(protection.during(failing)).rejects.toThrow('broken');
  await clock.advance(SEEN_MILLISECONDS);
  await ended;
  await clock.advance(LOOK_EVERY_MILLISECONDS);
  expect(minutes()).toEqual([PROTECTED_MINUTES, 0]);
});

it('lets deployments in: after an hour it waits for ten minutes before it protects the same work again', async () => {
  const { clock, asked, begin } = setUp();
  begin();
  await clock.advance(24 * 3_600_000);
  const times = asked.map(({ at }) => at);
  expect(times.length).toBeGreaterThan(10);
  for (const [index, at] of times.entries()) {
    const before = times[index - 1];
    if (before === undefined) continue;
    expect(at - before).toBeGreaterThanOrEqual(PROTECTED_MILLISECONDS + UNPROTECTED_MILLISECONDS);
    expect(at - before).toBeLessThanOrEqual(
      PROTECTED_MILLISECONDS + UNPROTECTED_MILLISECONDS + 2 * LOOK_EVERY_MILLISECONDS,
    );
  }
});

it('releases the task when the worker drains, and asks for nothing afterwards', async () => {
  const { clock, minutes, protection, begin } = setUp();
  const end = begin();
  await clock.advance(SEEN_MILLISECONDS);
  await protection.stop();
  expect(minutes()).toEqual([PROTECTED_MINUTES, 0]);
  await clock.advance(PROTECTED_MILLISECONDS);
  await end();
  await protection.stop();
  expect(minutes()).toEqual([PROTECTED_MINUTES, 0]);
});

it('warns once of a failure that stays, tries again at each look, and warns anew when it comes back', async () => {
  const { clock, lines, minutes, begin, fail } = setUp();
  begin();
  fail(failed());
  await clock.advance(LONG_WORK_MILLISECONDS + 10 * LOOK_EVERY_MILLISECONDS);
  expect(minutes()).toEqual(Array.from({ length: 11 }, () => PROTECTED_MINUTES));
  expect(lines('warn')).toEqual([expect.stringContaining('ECS said no.')]);
  fail();
  await clock.advance(LOOK_EVERY_MILLISECONDS);
  fail(failed());
  await clock.advance(PROTECTED_MILLISECONDS + UNPROTECTED_MILLISECONDS + 2 * LOOK_EVERY_MILLISECONDS);
  expect(lines('warn')).toHaveLength(2);
  expect(lines('error')).toEqual([]);
});

it('releases what ECS may have protected although its answer was lost', async () => {
  const { clock, minutes, begin, fail } = setUp();
  const end = begin();
  fail(failed());
  await clock.advance(LONG_WORK_MILLISECONDS);
  fail();
  await end();
  await clock.advance(2 * LOOK_EVERY_MILLISECONDS);
  expect(minutes()).toEqual([PROTECTED_MINUTES, 0]);
});

it('no longer tries to release when the hour has passed', async () => {
  const { clock, asked, begin, fail } = setUp();
  const end = begin();
  await clock.advance(LONG_WORK_MILLISECONDS);
  await end();
  fail(failed());
  await clock.advance(2 * PROTECTED_MILLISECONDS);
  expect(asked.length).toBe(PROTECTED_MILLISECONDS / LOOK_EVERY_MILLISECONDS);
});

it('asks no more in a task that belongs to no service, and warns of nothing', async () => {
  const { clock, lines, minutes, protection, begin, fail } = setUp();
  begin();
  fail(failed('task-without-service'));
  await clock.advance(2 * PROTECTED_MILLISECONDS);
  expect(minutes()).toEqual([PROTECTED_MINUTES]);
  expect(lines('warn')).toEqual([]);
  await protection.stop();
});

it('elsewhere than on ECS does nothing but the work', async () => {
  const { log } = createRecordingLog();
  const protection = startTaskProtection(undefined, { log });
  expect(await protection.during(async () => 7)).toBe(7);
  await protection.stop();
});
