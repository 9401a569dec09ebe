// What a start has opened so far, so that also a start that fails midway leaves nothing open.

export interface Opened {
  /** To be called once, after all that was opened later. */
  add(close: () => Promise<void> | void): void;
  /**
   * Closes all of it, the last one first. One that fails keeps no other open.
   * @throws the first failure, when all have been tried
   */
  close(): Promise<void>;
}

export function closeInReverse(): Opened {
  const closers: (() => Promise<void> | void)[] = [];
  return {
    add: close => void closers.push(close),
    async close() {
      const failures: unknown[] = [];
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        try {
          await close();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
