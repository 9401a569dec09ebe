// A real worker, in a process of its own: it can be killed, and its memory is its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BridgeError } from '../shared/bridge-error.ts';

const MAIN = fileURLToPath(new URL('../aws-worker/main.ts', import.meta.url));
/**
 * As in the Dockerfile: the heap holds no object's bytes and stays small, so V8 need not let it grow before it collects; and glibc's many
 * arenas would keep what part buffers leave behind.
 */
const MEMORY_ENVIRONMENT = {
  NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=128 --disable-warning=DEP0169',
  MALLOC_ARENA_MAX: '2',
};
const START_TIMEOUT_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 50;

export interface WorkerProcess {
  readonly process: ChildProcess;
  readonly url: string;
  /** The most memory that it has held, in bytes (Linux only). */
  peakMemoryBytes(): Promise<number | undefined>;
  /** SIGTERM, then its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/**
 * Starts a worker and waits until it is ready.
 * @throws BridgeError permanent `worker-did-not-start`, with the end of what it printed
 */
export async function startWorkerProcess(options: {
  readonly environment: Readonly<Record<string, string>>;
  /** 0: any free one; the worker's log, at level info, says which. */
  readonly port: number;
  readonly logFile: string;
  /** The program and its arguments; `npm run worker`'s unless told otherwise. */
  readonly program?: readonly string[];
}): Promise<WorkerProcess> {
  const child = spawn(process.execPath, options.program ?? [MAIN], {
    env: {
      ...MEMORY_ENVIRONMENT,
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      ...options.environment,
      PORT: String(options.port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A terminal's Ctrl-C goes to the whole group: the worker shall hear of it once, from `stop`.
    detached: true,
  });
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  const log = createWriteStream(options.logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  // `close`, not `exit`: what it printed last is in the log then.
  const exited = once(child, 'close').then(async ([code]) => {
    log.end();
    await finished(log);
    return code as number | null;
  });
  const url = options.port === 0 ? await printedUrl(child) : `http://127.0.0.1:${options.port}`;
  if (!(await isReady(child, url))) {
    child.kill('SIGKILL');
    await exited;
    throw didNotStart(options.logFile, await readFile(options.logFile, 'utf8'));
  }
  return {
    process: child,
    url,
    peakMemoryBytes: () => peakMemoryOf(child),
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The address in the line `Listening.`; empty when the worker ended without one. */
function printedUrl({ stdout }: { readonly stdout: Readable }): Promise<string> {
  return new Promise(resolve => {
    let printed = '';
    const look = (chunk: Buffer) => {
      printed += chunk;
      const url = /"message":"Listening\.","url":"([^"]+)"/.exec(printed)?.[1];
      if (url === undefined) return;
      stdout.off('data', look);
      resolve(url);
    };
    stdout.on('data', look);
    stdout.once('end', () => resolve(''));
  });
}

/** False when it ended, or took too long. */
async function isReady(child: ChildProcess, url: string): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MILLISECONDS;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return true;
    await delay(POLL_MILLISECONDS);
  }
  return false;
}

function didNotStart(logFile: string, printed: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'worker-did-not-start',
    message: `The worker did not start. The end of ${logFile}:\n${printed.split('\n').slice(-15).join('\n')}`,
  });
}

async function peakMemoryOf(child: ChildProcess): Promise<number | undefined> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
