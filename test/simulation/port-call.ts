// One call of a port by a worker, as steps: it takes effect, and later its caller hears of it. In between the caller may crash, be stopped
// or be told something else; a request that was sent may then still take effect.

import { cancelledBy } from '../../shared/bridge-error.ts';
import { faultsOf } from './fault-table.ts';
import type { Moment, OpenCall, Process } from './process.ts';
import type { World } from './world.ts';

export interface PortCall<T> {
  /** As in the fault table. */
  readonly operation: string;
  /** What events may aim at besides the operation. */
  readonly role?: string | undefined;
  /** For the trace: which key, queue or row. */
  readonly about?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What it waits for before it can take effect, such as a message. */
  readonly isReady?: () => boolean;
  readonly effect: () => T | Promise<T>;
  /** It ends with its caller. */
  readonly diesWithCaller?: boolean;
  /** Whether the caller hears of it at once: of nothing there is nothing to race with. */
  readonly isNothing?: (value: T) => boolean;
}

/** Never settles when the process dies first. */
export function callPort<T>(world: World, process: Process, call: PortCall<T>): Promise<T> {
  if (process.isDead) return new Promise(() => undefined);
  return new Promise((resolve, reject) => new Running(world, process, call, { resolve, reject }).begin());
}

/** Polls that dawdle would only make time pass. */
const IS_STEADY = /^queue.receive$/;

interface Caller<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

class Running<T> implements OpenCall {
  readonly #world: World;
  readonly #process: Process;
  readonly #call: PortCall<T>;
  readonly #caller: Caller<T>;
  readonly #sentAt: number;
  readonly #onAbort = () => this.#stop();
  #hasTakenEffect = false;
  #takeBack: () => void = () => undefined;

  constructor(world: World, process: Process, call: PortCall<T>, caller: Caller<T>) {
    this.#world = world;
    this.#process = process;
    this.#call = call;
    this.#caller = caller;
    this.#sentAt = world.time.now;
  }

  begin(): void {
    const { operation, signal, isReady } = this.#call;
    if (signal?.aborted === true) {
      this.#caller.reject(cancelledBy(signal));
      return;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#process.calls.add(this);
    this.#reach('sent');
    const step = {
      owner: this.#process,
      label: this.#label(''),
      isSteady: IS_STEADY.test(operation),
      run: () => this.#arrive(),
      ...(isReady === undefined ? {} : { isReady }),
    };
    this.#takeBack = this.#world.steps.add(step, isReady === undefined ? this.#latency(operation) : 0);
  }

  abandon(): void {
    this.#call.signal?.removeEventListener('abort', this.#onAbort);
    this.#takeBack();
    if (!this.#hasTakenEffect && this.#call.diesWithCaller !== true) this.#perhapsLate();
  }

  /** The caller's signal aborted. */
  #stop(): void {
    const { operation, signal } = this.#call;
    this.#process.calls.delete(this);
    this.abandon();
    const { lost } = faultsOf(operation);
    const isUnknown = lost === 'destination-unknown' && this.#world.random.chance(0.5);
    if (isUnknown) this.#caller.reject(this.#world.chance.error(lost));
    else if (signal !== undefined) this.#caller.reject(cancelledBy(signal));
  }

  #arrive(): void {
    const { operation, about } = this.#call;
    const fault = this.#world.chance.faultOf(operation, about);
    if (fault?.when === 'refused') {
      this.#world.trace(`  refused: ${fault.error.code}`);
      this.#hear(() => this.#caller.reject(fault.error));
    } else if (fault?.when === 'late') {
      this.#world.trace(`  given up: ${fault.error.code}`);
      this.#perhapsLate();
      this.#hear(() => this.#caller.reject(fault.error));
    } else {
      this.#takeEffect(fault?.error);
    }
  }

  #takeEffect(lostAnswer: Error | undefined): void {
    this.#hasTakenEffect = true;
    this.#reach('done');
    this.#attempt().then(
      value => {
        const deliver = () =>
          lostAnswer === undefined ? this.#caller.resolve(value) : this.#caller.reject(lostAnswer);
        if (this.#call.isNothing?.(value) === true && this.#isAwaited) this.#hear(deliver);
        else this.#answer(lostAnswer?.message, deliver);
      },
      (error: unknown) => {
        this.#answer(String(error), () => this.#caller.reject(error));
      },
    );
  }

  /** False: its caller was stopped, or is dead. */
  get #isAwaited(): boolean {
    return this.#process.calls.has(this);
  }

  async #attempt(): Promise<T> {
    return await this.#call.effect();
  }

  #answer(failure: string | undefined, deliver: () => void): void {
    if (!this.#isAwaited) return;
    const label = this.#label(failure === undefined ? ' answered' : ` failed: ${failure}`);
    const isSteady = IS_STEADY.test(this.#call.operation);
    const step = { owner: this.#process, label, isSteady, run: () => this.#hear(deliver) };
    this.#takeBack = this.#world.steps.add(step, this.#latency());
  }

  #hear(deliver: () => void): void {
    this.#process.calls.delete(this);
    this.#call.signal?.removeEventListener('abort', this.#onAbort);
    this.#reach('heard');
    deliver();
  }

  #perhapsLate(): void {
    const { operation } = this.#call;
    const lateness = this.#world.chance.latenessOf(operation, this.#world.time.now - this.#sentAt);
    if (lateness === undefined) return;
    const run = () => {
      // Nobody hears how it ends.
      this.#attempt().catch(() => undefined);
    };
    this.#world.steps.add({ owner: undefined, label: this.#label(' arrives late'), run }, lateness);
  }

  #reach(phase: Moment['phase']): void {
    const { operation, role } = this.#call;
    this.#world.reached({ operation, role, phase }, this.#process);
  }

  #latency(operation?: string): number {
    return this.#world.chance.latencyMilliseconds(operation);
  }

  #label(phase: string): string {
    const { operation, about } = this.#call;
    return `${this.#process.name} ${operation}${about === undefined ? '' : ` ${about}`}${phase}`;
  }
}
