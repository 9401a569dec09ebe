import { afterEach, expect, it } from 'vitest';
import { runUntilSignal } from '../../../aws-worker/shutdown.ts';
import { BridgeError, cancelledBy } from '../../../shared/bridge-error.ts';
import { createRecordingLog } from '../../fakes/recording-log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const before = new Map(SIGNALS.map(signal => [signal, process.listeners(signal)]));

afterEach(() => {
  for (const signal of SIGNALS) {
    for (const listener of process.listeners(signal)) {
      if (!before.get(signal)?.includes(listener)) process.removeListener(signal, listener);
    }
  }
});

/** Only the listeners that were added: no signal is sent to the process that runs the tests. */
function receive(signal: (typeof SIGNALS)[number]): void {
  for (const listener of process.listeners(signal)) {
    if (!before.get(signal)?.includes(listener)) listener(signal);
  }
}

function run(start?: (signal: AbortSignal) => Promise<{ stop: () => Promise<void> }>) {
  const { log, lines } = createRecordingLog();
  const exits: number[] = [];
  let finish = (): void => undefined;
  let fail = (_error: Error): void => undefined;
  let tellStopped = (): void => undefined;
  const stopCalled = new Promise<void>(tell => {
    tellStopped = tell;
  });
  const stopped = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const stop = () => {
    tellStopped();
    return stopped;
  };
  const ended = runUntilSignal({
    start: start ?? (async () => ({ stop })),
    log,
    exit: code => void exits.push(code),
  });
  return { exits, ended, lines, finish, fail, stopCalled };
}

/** A start that goes on until it is told to end. */
function waitForAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(cancelledBy(signal))));
}

it.each(SIGNALS)('exits with 0 on %s, when the work in hand is finished and not before', async signal => {
  const { exits, ended, finish, stopCalled } = run();
  receive(signal);
  await stopCalled;
  expect(exits).toEqual([]);
  finish();
  await ended;
  expect(exits).toEqual([0]);
});

it('ends at once on a second signal, whichever it is', async () => {
  const { exits, stopCalled, lines } = run();
  receive('SIGTERM');
  await stopCalled;
  receive('SIGINT');
  expect(exits).toEqual([130]);
  expect(lines('warn')).toHaveLength(1);
});

it('exits with 1, and says why, when stopping fails', async () => {
  const { exits, ended, fail, lines } = run();
  receive('SIGTERM');
  fail(new Error('the ledger would not close'));
  await ended;
  expect(exits).toEqual([1]);
  expect(lines('error')).toEqual([expect.stringContaining('the ledger would not close')]);
});

it.each(SIGNALS)('%s during the start ends the start, and exits with 0', async signal => {
  const { exits, ended, lines } = run(waitForAbort);
  receive(signal);
  await ended;
  expect(exits).toEqual([0]);
  expect(lines('error')).toEqual([]);
});

it('stops what was started although a signal came', async () => {
  let finishStart = (): void => undefined;
  const starting = new Promise<void>(resolve => {
    finishStart = resolve;
  });
  let stops = 0;
  const { exits, ended } = run(async () => {
    await starting;
    return {
      stop: async () => {
        stops += 1;
      },
    };
  });
  receive('SIGTERM');
  finishStart();
  await ended;
  expect(stops).toBe(1);
  expect(exits).toEqual([0]);
});

it('leaves a start that fails by itself to the caller', async () => {
  const error = new BridgeError({ kind: 'permanent', code: 'queue-missing', message: 'There is no such queue.' });
  const { exits, ended } = run(() => Promise.reject(error));
  await expect(ended).rejects.toBe(error);
  expect(exits).toEqual([]);
});
