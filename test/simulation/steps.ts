// What could happen next: the steps of all processes. One is chosen at a time; what a step begins becomes new steps.

import type { Process } from './process.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Step {
  /** Undefined: on its way in the network, whatever becomes of who sent it. */
  readonly owner: Process | undefined;
  readonly label: string;
  readonly run: () => void;
  /** It is never a tortoise. */
  readonly isSteady?: boolean;
  /** Left out: at once. A step that waits for something is chosen only while this says so. */
  readonly isReady?: () => boolean;
}

/** How likely a tortoise is chosen while there are others. */
const TORTOISE_SHARE = 0.02;
/** How likely time goes on instead, when there are only tortoises. */
const PATIENCE = 0.7;

/**
 * Some steps are tortoises: nearly everything else happens first. A race between one step and a dozen of another worker's is then as likely as one
 * between two steps, which it would never be if each choice were even.
 */
export class Steps {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #tortoiseRate: number;
  #hares: Step[] = [];
  #tortoises: Step[] = [];
  #waiting: Step[] = [];
  #sleeping = 0;
  #isCalm = false;

  constructor(options: { readonly time: VirtualTime; readonly random: Random; readonly tortoiseRate: number }) {
    this.#time = options.time;
    this.#random = options.random;
    this.#tortoiseRate = options.tortoiseRate;
  }

  /** Steps that will be taken by themselves; those that wait for something do not count. */
  get pending(): number {
    return this.#hares.length + this.#tortoises.length + this.#sleeping;
  }

  /** No tortoises from now on. */
  calm(): void {
    this.#isCalm = true;
    this.#hares.push(...this.#tortoises);
    this.#tortoises = [];
  }

  /** The returned function takes it back. */
  add(step: Step, latencyMilliseconds = 0): () => void {
    if (latencyMilliseconds > 0) return this.#addLater(step, latencyMilliseconds);
    if (step.isReady !== undefined) this.#waiting.push(step);
    else this.#addNow(step);
    return () => this.#remove(step);
  }

  #addNow(step: Step): void {
    const isTortoise = !this.#isCalm && step.isSteady !== true && this.#random.chance(this.#tortoiseRate);
    if (isTortoise) this.#tortoises.push(step);
    else this.#hares.push(step);
  }

  #addLater(step: Step, latencyMilliseconds: number): () => void {
    this.#sleeping += 1;
    let isAsleep = true;
    const forget = this.#time.after(latencyMilliseconds, undefined, () => {
      isAsleep = false;
      this.#sleeping -= 1;
      this.#addNow(step);
    });
    return () => {
      if (!isAsleep) return this.#remove(step);
      isAsleep = false;
      this.#sleeping -= 1;
      forget();
    };
  }

  /** Takes one that is ready off the list, by chance; undefined when there is none, or when it is time's turn. */
  take(): Step | undefined {
    const step = this.#choose();
    if (step !== undefined) this.#remove(step);
    return step;
  }

  #choose(): Step | undefined {
    const hares = this.#hares;
    const awake = this.#waiting.filter(step => step.isReady?.() === true);
    const hasTortoises = this.#tortoises.length > 0;
    if (hares.length + awake.length === 0) {
      return hasTortoises && !this.#random.chance(PATIENCE) ? this.#random.pick(this.#tortoises) : undefined;
    }
    if (hasTortoises && this.#random.chance(TORTOISE_SHARE)) return this.#random.pick(this.#tortoises);
    const index = this.#random.below(hares.length + awake.length);
    return hares[index] ?? awake[index - hares.length];
  }

  #remove(step: Step): void {
    for (const list of [this.#hares, this.#tortoises, this.#waiting]) {
      const index = list.indexOf(step);
      if (index >= 0) list.splice(index, 1);
    }
  }
}
