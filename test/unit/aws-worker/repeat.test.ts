import { expect, it } from 'vitest';
import { repeat } from '../../../aws-worker/repeat.ts';

const RUNS = 5;

/** Stops when the task has run RUNS times. */
async function repeatTask(task: (run: number) => Promise<void>): Promise<readonly unknown[]> {
  const stop = new AbortController();
  const errors: unknown[] = [];
  let runs = 0;
  const options = { everyMilliseconds: 1, signal: stop.signal, onError: (error: unknown) => void errors.push(error) };
  await repeat(options, async () => {
    runs++;
    if (runs === RUNS) stop.abort();
    await task(runs);
  });
  expect(runs).toBe(RUNS);
  return errors;
}

it('runs the task again and again until it is stopped', async () => {
  expect(await repeatTask(async () => undefined)).toEqual([]);
});

it('tells of every failure and goes on', async () => {
  const errors = await repeatTask(async run => {
    if (run < 3) throw new Error(`run ${run}`);
  });
  expect(errors).toEqual([new Error('run 1'), new Error('run 2')]);
});

it('never runs the task twice at a time', async () => {
  let running = 0;
  let most = 0;
  await repeatTask(async () => {
    most = Math.max(most, ++running);
    await new Promise(resolve => setTimeout(resolve, 3));
    running--;
  });
  expect(most).toBe(1);
});

it('runs the task at once, pauses, and ends as soon as it is stopped within the pause', async () => {
  const stop = new AbortController();
  let runs = 0;
  const options = { everyMilliseconds: 3_600_000, signal: stop.signal, onError: () => undefined };
  const ended = repeat(options, async () => void runs++);
  await new Promise(resolve => setTimeout(resolve, 3));
  expect(runs).toBe(1);
  stop.abort();
  await ended;
  expect(runs).toBe(1);
});

it('runs nothing when it is stopped before it begins', async () => {
  let runs = 0;
  const options = { everyMilliseconds: 1, signal: AbortSignal.abort(), onError: () => undefined };
  await repeat(options, async () => void runs++);
  expect(runs).toBe(0);
});
