import { expect, it } from 'vitest';
import { runInBackground } from '../../../aws-worker/run-in-background.ts';
import { createRecordingLog } from '../../fakes/recording-log.ts';
import { createVirtualClock } from '../../fakes/virtual-clock.ts';

const PATIENCE_MILLISECONDS = 5_000;

/** Something that is told to end, and ends when the test says so. */
function setUp() {
  const clock = createVirtualClock();
  const { log, lines } = createRecordingLog();
  let signal = new AbortController().signal;
  let end = (): void => undefined;
  const background = runInBackground(
    given => {
      signal = given;
      return new Promise<void>(resolve => {
        end = resolve;
      });
    },
    { name: 'upkeep', patienceMilliseconds: PATIENCE_MILLISECONDS, clock, log },
  );
  let isStopped = false;
  const stop = async () => {
    await background.stop();
    isStopped = true;
  };
  return { clock, lines, isTold: () => signal.aborted, end, stop, isStopped: () => isStopped };
}

it('is told to end, and waited for', async () => {
  const { clock, lines, isTold, end, stop, isStopped } = setUp();
  expect(isTold()).toBe(false);
  const stopped = stop();
  expect(isTold()).toBe(true);
  await clock.advance(PATIENCE_MILLISECONDS - 1);
  expect(isStopped()).toBe(false);
  end();
  await stopped;
  await clock.advance(PATIENCE_MILLISECONDS);
  expect(lines('warn')).toEqual([]);
});

it('is waited for no longer than its patience, and that is said', async () => {
  const { clock, lines, stop } = setUp();
  const stopped = stop();
  await clock.advance(PATIENCE_MILLISECONDS);
  await stopped;
  expect(lines('warn')).toEqual([expect.stringContaining('upkeep')]);
});
