// One of the workers that Compose started: killed, started again, looked at.

import { setTimeout as delay } from 'node:timers/promises';
import { dockerOutput } from './engine.ts';

export interface WorkerContainer {
  readonly name: string;
  /** Where its API is; another port after each start. */
  readonly url: string;
  /** SIGKILL. Its exit code. */
  kill(): Promise<number>;
  /** Again, or for the first time; returns when it is ready. @throws Error when it does not get ready */
  start(): Promise<void>;
  /** The most memory that its process has held since it was started. */
  peakMemoryBytes(): Promise<number>;
  inspect(): Promise<ContainerState>;
}

/** https://docs.docker.com/reference/api/engine/ (container inspect) */
export interface ContainerState {
  readonly Image: string;
  readonly RestartCount: number;
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly OOMKilled: boolean };
}

const PORT = 8080;
const START_PATIENCE_MILLISECONDS = 60_000;
const LOOK_EVERY_MILLISECONDS = 100;

export function createWorkerContainer(name: string): WorkerContainer {
  let url = '';
  return {
    name,
    get url() {
      return url;
    },
    async kill() {
      const exited = dockerOutput('wait', name);
      await dockerOutput('kill', '--signal', 'KILL', name);
      return Number(await exited);
    },
    async start() {
      await dockerOutput('start', name);
      url = `http://${await dockerOutput('port', name, String(PORT))}`;
      await untilReady(name, url);
    },
    async peakMemoryBytes() {
      const processes = await dockerOutput('exec', name, 'sh', '-c', 'cat /proc/[0-9]*/status');
      const kibibytes = [...processes.matchAll(/^VmHWM:\s+(\d+) kB$/gm)].map(([, number]) => Number(number));
      return Math.max(...kibibytes) * 1024;
    },
    async inspect() {
      const [state] = JSON.parse(await dockerOutput('inspect', name)) as readonly [ContainerState];
      return state;
    },
  };
}

async function untilReady(name: string, url: string): Promise<void> {
  const deadline = performance.now() + START_PATIENCE_MILLISECONDS;
  while (performance.now() < deadline) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await delay(LOOK_EVERY_MILLISECONDS);
  }
  throw new Error(
    `${name} did not get ready. The end of its log:\n${await dockerOutput('logs', '--tail', '15', name)}`,
  );
}
