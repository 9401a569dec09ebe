import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { noteSecrets } from '../secrets/note-secrets.ts';
import { COMPILE_CACHE } from './compile-cache.ts';

export interface Ended {
  /** Null: it was still running when its time was up. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MAIN = fileURLToPath(new URL('../../aws-worker/main.ts', import.meta.url));
const TIMEOUT_MILLISECONDS = 25_000;

/** Runs a worker that is expected to end by itself, with this environment alone. */
export function runWorkerToEnd(
  environment: Readonly<Record<string, string>>,
  command: readonly [string, ...string[]] = [process.execPath, MAIN],
): Promise<Ended> {
  const [file, ...values] = command;
  const options = {
    env: { ...COMPILE_CACHE, PORT: '0', ...environment },
    timeout: TIMEOUT_MILLISECONDS,
    killSignal: 'SIGKILL',
  } as const;
  return new Promise(resolve => {
    const child = execFile(file, values, options, (_, stdout, stderr) => {
      noteSecrets(`${stdout}\n${stderr}`, { origin: `output of a worker of ${expect.getState().testPath}` });
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}
