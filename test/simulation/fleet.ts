// The workers of a schedule: those that live, those that are shutting down, and when the dead are started again.

import { KNOWN_GAPS } from './known-gaps.ts';
import type { Process } from './process.ts';
import { type SimulatedWorker, startWorker } from './simulated-worker.ts';
import type { World } from './world.ts';

const RESTART_MAX_MILLISECONDS = 30_000;
/** Until the next heartbeat tells, what was sent has landed, and the message was sent anew. */
export const LOST_RECEIPT_MILLISECONDS = 900_000;
/** The grace period, two waits of five seconds, and what is slow on the way. */
const SHUTDOWN_MAX_MILLISECONDS = 60_000;

export class Fleet {
  readonly #world: World;
  readonly #living = new Set<SimulatedWorker>();
  readonly #stopping = new Set<SimulatedWorker>();
  #started = 0;
  readonly faults: string[] = [];

  constructor(world: World) {
    this.#world = world;
    for (let index = 0; index < world.profile.workers; index++) this.#start();
  }

  get living(): readonly SimulatedWorker[] {
    return [...this.#living];
  }

  /** All workers live, and none is shutting down. */
  get isComplete(): boolean {
    return this.#living.size === this.#world.profile.workers && this.#stopping.size === 0;
  }

  workerOf(process: Process | undefined): SimulatedWorker | undefined {
    return this.living.find(worker => worker.process === process);
  }

  /** Half its work done, or none: its promises never resolve. */
  crash(worker: SimulatedWorker): void {
    const { name, hasLostReceiptsUntil } = worker.process;
    if (KNOWN_GAPS.crashAfterLostReceipt && this.#world.time.now < hasLostReceiptsUntil) {
      this.#world.trace(`${name} is spared a crash`);
      return;
    }
    this.#world.trace(`${name} crashes`);
    this.#end(worker);
  }

  /** Some of the messages that are in work have been received by others. */
  noteLostReceipts(forMilliseconds = LOST_RECEIPT_MILLISECONDS): void {
    for (const { process } of this.living) process.hasLostReceiptsUntil = this.#world.time.now + forMilliseconds;
  }

  shutDown(worker: SimulatedWorker): void {
    const { name } = worker.process;
    this.#world.trace(`${name} is told to stop`);
    this.#stopping.add(worker);
    worker.stop().then(
      () => {
        this.#world.trace(`${name} has stopped`);
        worker.process.hasStopped = !worker.process.isDead;
        if (this.#living.has(worker)) this.#end(worker);
      },
      (error: unknown) => this.faults.push(`${name} did not stop: ${error}`),
    );
    this.#world.time.after(SHUTDOWN_MAX_MILLISECONDS, worker.process, () => {
      this.faults.push(`${name} has not stopped after ${SHUTDOWN_MAX_MILLISECONDS} ms.`);
    });
  }

  /** Also what its process left behind ends: unsettled work, requests that nobody waits for. */
  #end(worker: SimulatedWorker): void {
    worker.process.die();
    this.#living.delete(worker);
    this.#stopping.delete(worker);
    const { random, time } = this.#world;
    time.after(1 + random.below(RESTART_MAX_MILLISECONDS), undefined, () => this.#start());
  }

  #start(): void {
    this.#started += 1;
    const name = `w${this.#started}`;
    this.#world.trace(`${name} starts`);
    this.#living.add(startWorker(this.#world, name));
  }
}
