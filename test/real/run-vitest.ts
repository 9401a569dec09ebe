// Vitest in a process of its own, for suites on what somebody starts before it and ends after it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

/** Aborted by Ctrl-C and SIGTERM, which then end nothing by themselves. */
export function onInterrupt(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}

/** Its exit code. When the signal aborts, it and all that it started are ended first. */
export async function runVitest(options: {
  readonly values: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { values, environment, signal } = options;
  if (signal.aborted) return 1;
  const vitest = spawn(process.execPath, [VITEST, 'run', ...values], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    // A group of its own: ended alone, it would leave its test processes behind.
    detached: true,
  });
  const endGroup = () => signalGroup(vitest.pid, 'SIGTERM');
  signal.addEventListener('abort', endGroup);
  const [code] = await once(vitest, 'exit');
  signal.removeEventListener('abort', endGroup);
  signalGroup(vitest.pid, 'SIGKILL');
  return code ?? 1;
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // all of it has ended
  }
}
