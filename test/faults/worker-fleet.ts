// Several worker processes on one ledger. One that ends, however it is ended, is replaced at once.

import type { WorkerProcess } from '../../local/worker-process.ts';
import type { Bridge } from '../acceptance/bridge.ts';
import { WORKER_NAME_VARIABLE } from './receipts.ts';

export interface FleetWorker {
  readonly name: string;
  /** Counted from 0. */
  readonly number: number;
  readonly url: string;
  readonly worker: WorkerProcess;
}

export interface WorkerFleet {
  /** Those that work, and are not being ended. */
  readonly ready: readonly FleetWorker[];
  readonly started: number;
  /** Ends a worker and starts another in its place. @throws what `how` throws */
  replace<Result>(victim: FleetWorker, how: (victim: FleetWorker) => Promise<Result>): Promise<Result>;
  /** Any one that is ready, as soon as there is one. */
  any(): Promise<FleetWorker>;
  /** When all are ready. @throws when one of them did not start */
  complete(): Promise<void>;
}

const LOOK_EVERY_MILLISECONDS = 20;

/** `environmentOf` the worker of this number, counted from 0. */
export function startFleet(
  bridge: Bridge,
  options: { readonly size: number; readonly environmentOf: (number: number) => Readonly<Record<string, string>> },
): WorkerFleet {
  let ready: readonly FleetWorker[] = [];
  let started = 0;
  let failure: unknown;
  const starting = new Set<Promise<void>>();

  const start = () => {
    const number = started++;
    const name = `worker-${number}`;
    const begun = bridge.startWorker({ ...options.environmentOf(number), [WORKER_NAME_VARIABLE]: name }).then(
      worker => {
        ready = [...ready, { name, number, url: worker.url, worker }];
      },
      error => {
        failure ??= error;
      },
    );
    starting.add(begun);
    void begun.finally(() => starting.delete(begun)); // never rejects
  };
  for (let number = 0; number < options.size; number++) start();

  return {
    get ready() {
      return ready;
    },
    get started() {
      return started;
    },
    async replace(victim, how) {
      ready = ready.filter(worker => worker !== victim);
      const ending = how(victim);
      start();
      return await ending;
    },
    async any() {
      for (;;) {
        if (failure !== undefined) throw failure;
        const [first] = ready;
        if (first !== undefined) return first;
        await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MILLISECONDS));
      }
    },
    async complete() {
      while (starting.size > 0) await Promise.all(starting);
      if (failure !== undefined) throw failure;
    },
  };
}
