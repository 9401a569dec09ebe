// SIGTERM and SIGINT: stop receiving, finish what is short within the grace period, leave what is long at its checkpoint, give the rest back at once, exit 0.
// They are heard before anything is started: one that comes during the start, which tries for as long as a cloud does not answer, ends the start.
// A second signal ends at once: whatever was in hand comes back when its visibility timeout ends.

import { isKind } from '../shared/bridge-error.ts';
import type { Log } from '../shared/log.ts';

const SECOND_SIGNAL_EXIT_CODE = 130;

export interface SignalledOptions {
  /** Ends early, with nothing left open, when the signal aborts. */
  readonly start: (signal: AbortSignal) => Promise<{ readonly stop: () => Promise<void> }>;
  readonly log: Log;
  readonly exit?: (code: number) => void;
}

/**
 * Runs what is started until a signal comes; then ends the process.
 * @throws what `start` throws while no signal has come
 */
export async function runUntilSignal(options: SignalledOptions): Promise<void> {
  const { start, log, exit = code => process.exit(code) } = options;
  const signalled = new AbortController();
  const { signal } = signalled;
  const onSignal = (name: NodeJS.Signals) => {
    if (signal.aborted) {
      log.warn('A second signal: ending at once.', { signal: name });
      return exit(SECOND_SIGNAL_EXIT_CODE);
    }
    log.info('Draining.', { signal: name });
    signalled.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  try {
    const started = await start(signal);
    await aborted(signal);
    await started.stop();
  } catch (error) {
    if (!signal.aborted) throw error;
    // Cancelled: the start, by the signal. Nothing is wrong.
    if (!isKind(error, 'cancelled')) {
      log.error('The shutdown failed.', { error });
      return exit(1);
    }
    log.info('Stopped before the start was complete.');
  }
  exit(0);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}
