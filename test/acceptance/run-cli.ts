// `bridge` as a user has it: the launcher in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { LOCAL } from '../../local/local-cloud.ts';
import { noteSecrets } from '../secrets/note-secrets.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import type { Ended } from './run-to-end.ts';

const LAUNCHER = fileURLToPath(new URL('../../cli/launch.js', import.meta.url));
const TIMEOUT_MILLISECONDS = 60_000;

export interface RunningCli {
  readonly process: ChildProcess;
  /** What it printed so far. */
  readonly printed: { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Ended>;
}

/** Asks this worker; killed when it takes too long. */
export function startCli(worker: { readonly url: string }, args: readonly string[]): RunningCli {
  const environment = { ...COMPILE_CACHE, API_TOKEN: LOCAL.apiToken, BRIDGE_URL: worker.url };
  const child = spawn(process.execPath, [LAUNCHER, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGTERM'), TIMEOUT_MILLISECONDS);
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    clearTimeout(timer);
    noteSecrets(`${printed.stdout}\n${printed.stderr}`, {
      origin: `output of bridge of ${expect.getState().testPath}`,
    });
    return { code: code as number | null, ...printed };
  });
  return { process: child, printed, ended };
}

export async function runCli(worker: { readonly url: string }, ...args: readonly string[]): Promise<Ended> {
  return await startCli(worker, args).ended;
}
