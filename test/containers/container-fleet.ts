// Workers as `docker compose up --scale worker=N` starts them, in the image, with the settings of a test in place of `.env`.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Compose, createCompose, ownProject } from './engine.ts';
import { createWorkerContainer, type WorkerContainer } from './worker-container.ts';

export interface ContainerFleet {
  readonly compose: Compose;
  readonly workers: readonly WorkerContainer[];
  /** Ends a worker, and starts it again so much later. Meanwhile `any` knows it no more. Its exit code. */
  killAndStart(victim: WorkerContainer, deadMilliseconds: number): Promise<number>;
  /** One that is not being ended. */
  any(): Promise<WorkerContainer>;
  /** `bridge …` in the container of one of them, as `docker compose exec worker bridge …` is. */
  bridge(...args: readonly string[]): ReturnType<Compose['run']>;
  /** All that all of them printed. */
  log(): Promise<string>;
  close(): Promise<void>;
}

/** @throws Error with the end of their logs */
export async function startContainerFleet(options: {
  readonly size: number;
  readonly environment: Readonly<Record<string, string>>;
}): Promise<ContainerFleet> {
  const { size, environment } = options;
  const project = ownProject();
  const folder = await mkdtemp(join(tmpdir(), 'oss-s3-bridge-containers-'));
  const envFile = join(folder, 'worker.env');
  await writeFile(
    envFile,
    Object.entries(environment)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const compose = createCompose({ project, envFile });
  const close = async () => {
    await compose.output('down', '--volumes', '--remove-orphans', '--timeout', '0');
    await rm(folder, { recursive: true, force: true });
  };
  const workers = Array.from({ length: size }, (_, index) => createWorkerContainer(`${project}-worker-${index + 1}`));
  try {
    await compose.output('up', '--wait', '--scale', `worker=${size}`);
    for (const worker of workers) await worker.start(); // they have; their ports are not known yet
  } catch (cause) {
    const log = await compose.output('logs', '--tail', '15', 'worker');
    await close();
    throw new Error(`The workers did not start. The end of their logs:\n${log}`, { cause });
  }
  const dead = new Set<WorkerContainer>();
  return {
    compose,
    workers,
    async killAndStart(victim, deadMilliseconds) {
      dead.add(victim);
      const code = await victim.kill();
      await delay(deadMilliseconds);
      await victim.start();
      dead.delete(victim);
      return code;
    },
    async any() {
      const alive = workers.find(worker => !dead.has(worker));
      if (alive === undefined) throw new Error('No worker is alive.');
      return alive;
    },
    bridge: (...args) => compose.run('exec', '--no-TTY', 'worker', 'bridge', ...args),
    log: () => compose.output('logs', '--no-color', '--no-log-prefix', 'worker'),
    close,
  };
}
