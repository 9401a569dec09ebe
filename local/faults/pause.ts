/** Waits so long, for ever when undefined, or until one of the signals is aborted. Never rejects. */
export function pause(milliseconds: number | undefined, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = milliseconds === undefined ? undefined : setTimeout(end, milliseconds);
    for (const signal of signals) signal.addEventListener('abort', end);
    if (signals.some(signal => signal.aborted)) end();
  });
}
