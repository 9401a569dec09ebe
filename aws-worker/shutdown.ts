// SIGTERM and SIGINT: stop receiving, finish what is short within the grace period, leave what is long at its checkpoint, give the rest back at once, exit 0.
// A second signal ends at once: whatever was in hand comes back when its visibility timeout ends.

import type { Log } from '../shared/log.ts';

const SECOND_SIGNAL_EXIT_CODE = 130;

export function stopOnSignals(options: {
  readonly stop: () => Promise<void>;
  readonly log: Log;
  readonly exit?: (code: number) => void;
}): void {
  const exit = options.exit ?? (code => process.exit(code));
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) {
      options.log.warn('A second signal: ending at once.', { signal });
      return exit(SECOND_SIGNAL_EXIT_CODE);
    }
    isStopping = true;
    options.log.info('Draining.', { signal });
    options.stop().then(
      () => exit(0),
      error => {
        options.log.error('The shutdown failed.', { error });
        exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
