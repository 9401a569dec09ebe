// Holds requests back until it is opened, so that a test knows what is under way when it strikes.

export interface Gate {
  readonly waiting: number;
  /** Resolves when it is opened. */
  pass(): Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let waiting = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return {
    get waiting() {
      return waiting;
    },
    async pass() {
      waiting++;
      await opened;
      waiting--;
    },
    open: () => open(),
  };
}
