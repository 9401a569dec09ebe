import { afterEach, expect, it } from 'vitest';
import { stopOnSignals } from '../../../aws-worker/shutdown.ts';
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

function listen() {
  const { log, lines } = createRecordingLog();
  const exits: number[] = [];
  let stops = 0;
  let finish = (): void => undefined;
  let fail = (_error: Error): void => undefined;
  const stopped = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const exited = new Promise<void>(tell => {
    const exit = (code: number) => {
      exits.push(code);
      tell();
    };
    const stop = () => {
      stops++;
      return stopped;
    };
    stopOnSignals({ stop, log, exit });
  });
  return { exits, exited, lines, finish, fail, stops: () => stops };
}

it.each(SIGNALS)('exits with 0 on %s, when the work in hand is finished and not before', async signal => {
  const { exits, exited, finish, stops } = listen();
  expect(stops()).toBe(0);
  receive(signal);
  expect(stops()).toBe(1);
  expect(exits).toEqual([]);
  finish();
  await exited;
  expect(exits).toEqual([0]);
});

it('ends at once on a second signal, whichever it is', () => {
  const { exits, stops, lines } = listen();
  receive('SIGTERM');
  receive('SIGINT');
  expect(exits).toEqual([130]);
  expect(stops()).toBe(1);
  expect(lines('warn')).toHaveLength(1);
});

it('exits with 1, and says why, when stopping fails', async () => {
  const { exits, exited, fail, lines } = listen();
  receive('SIGTERM');
  fail(new Error('the ledger would not close'));
  await exited;
  expect(exits).toEqual([1]);
  expect(lines('error')).toEqual([expect.stringContaining('the ledger would not close')]);
});
