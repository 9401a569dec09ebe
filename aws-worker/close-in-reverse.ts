// What a start has opened so far, so that also a start that fails midway leaves nothing open.

import { BridgeError } from '../shared/bridge-error.ts';

/** For all of it. By then no work is left: what does not let go of its sockets must not keep the process, which a supervisor would kill. */
const CLOSE_MAX_MILLISECONDS = 5_000;

export interface Opened {
  /** To be called once, after all that was opened later. */
  add(close: () => Promise<void> | void): void;
  /**
   * Closes all of it, the last one first. One that fails keeps no other open, nor does one that does not end in time.
   * @throws the first failure, when all have been tried; BridgeError retryable `close-unfinished` for one that did not end
   */
  close(): Promise<void>;
}

export function closeInReverse(): Opened {
  const closers: (() => Promise<void> | void)[] = [];
  return {
    add: close => void closers.push(close),
    async close() {
      const failures: unknown[] = [];
      const deadline = startDeadline();
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        try {
          await Promise.race([close(), deadline.passed]);
        } catch (error) {
          failures.push(error);
        }
      }
      deadline.cancel();
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** `passed` rejects when time is up; never when it is cancelled before. */
function startDeadline(): { readonly passed: Promise<never>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unfinished()), CLOSE_MAX_MILLISECONDS);
  });
  passed.catch(() => undefined); // whoever waits for it hears it as well
  return { passed, cancel: () => clearTimeout(timer) };
}

function unfinished(): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'close-unfinished',
    message: `Something was still open ${CLOSE_MAX_MILLISECONDS / 1000} s after all work had ended; it ends with the process. No work is lost by that.`,
  });
}
