// The moments between which anything can happen: before a call takes effect, and after it has, but before its caller hears of it. A test
// overwrites the source at one of them, loses an answer, or lets a worker crash.

export type Phase = 'before' | 'after';

export interface Step<Operation extends string = string> {
  readonly operation: Operation;
  readonly phase: Phase;
  /** Which call of this operation it is, from 1. */
  readonly call: number;
}

/** What it throws, the caller gets instead of an answer. */
export type OnStep<Operation extends string = string> = (step: Step<Operation>) => void | Promise<void>;

export interface Steps<Operation extends string> {
  before(operation: Operation, callback: OnStep<Operation>): void;
  after(operation: Operation, callback: OnStep<Operation>): void;
  /** At every step of every operation. */
  each(callback: OnStep<Operation>): void;
  /** The operations in the order in which they were called. */
  readonly calls: readonly Operation[];
  countOf(operation: Operation): number;
  /** Runs one call: `effect` takes place as a whole, between the two steps. */
  around<T>(operation: Operation, effect: () => T | Promise<T>): Promise<T>;
}

export function createSteps<Operation extends string>(): Steps<Operation> {
  const callbacks: OnStep<Operation>[] = [];
  const calls: Operation[] = [];
  const counts = new Map<Operation, number>();
  const at = (phase: Phase, operation: Operation, callback: OnStep<Operation>) => {
    callbacks.push(step => (step.phase === phase && step.operation === operation ? callback(step) : undefined));
  };
  const reach = async (step: Step<Operation>) => {
    for (const callback of callbacks) await callback(step);
  };
  const countOf = (operation: Operation) => counts.get(operation) ?? 0;

  return {
    before: (operation, callback) => at('before', operation, callback),
    after: (operation, callback) => at('after', operation, callback),
    each: callback => void callbacks.push(callback),
    calls,
    countOf,
    async around(operation, effect) {
      calls.push(operation);
      const call = countOf(operation) + 1;
      counts.set(operation, call);
      await reach({ operation, phase: 'before', call });
      const result = await effect();
      await reach({ operation, phase: 'after', call });
      return result;
    },
  };
}

/** The same port with steps around each of its methods, for one worker of several. */
export function steppedPort<Port extends object>(port: Port, steps: Pick<Steps<string>, 'around'>): Port {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => steps.around(String(name), () => Reflect.apply(value, target, args));
    },
  });
}
