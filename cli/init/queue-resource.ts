// A queue as a resource: made by one request with all its attributes, so that no half-made queue can be left behind, and looked at until it
// shows them.

import { type Attributes, compareAttributes } from './compare-attributes.ts';
import type { QueueDefinition } from './queue-definitions.ts';
import type { Difference, Finding, Resource } from './resource.ts';
import { type Patience, type Sight, untilShown } from './settle.ts';
import type { QueueCalls } from './sqs-queue-calls.ts';

export interface QueueResource extends Resource {
  /** Once it was found or made. */
  readonly url: string | undefined;
}

export function createQueueResource(options: {
  readonly calls: QueueCalls;
  readonly definition: QueueDefinition;
  readonly patience: Patience;
}): QueueResource {
  const { calls, patience } = options;
  const { name, attributes, settings } = options.definition;
  let url: string | undefined;

  /** Undefined while there is none. */
  async function differences(signal: AbortSignal): Promise<readonly Difference[] | undefined> {
    url ??= await calls.findUrl(name, signal);
    const found = url === undefined ? undefined : await calls.read(url, signal);
    return found === undefined ? undefined : compareAttributes(attributes, found);
  }
  const wait = <T>(look: () => Promise<Sight<T> | undefined>, signal: AbortSignal) =>
    untilShown(`queue ${name}`, look, { patience, signal });
  const inspect = async (signal: AbortSignal): Promise<Finding> => {
    const found = await differences(signal);
    if (found === undefined) return { state: 'missing' };
    return found.length === 0 ? { state: 'equal' } : { state: 'differs', differences: found };
  };

  return {
    kind: 'queue',
    name,
    settings,
    get url() {
      return url;
    },
    inspect,
    async create(signal) {
      url = await wait(async () => {
        const made = await calls.create(name, attributes, signal);
        return made === undefined ? undefined : { seen: made, isSettled: true };
      }, signal);
      return await wait(async () => {
        const seen = await inspect(signal);
        return seen.state === 'missing' ? undefined : { seen, isSettled: seen.state === 'equal' };
      }, signal);
    },
    async update(wanted, signal) {
      if (url === undefined) return await inspect(signal);
      await calls.change(url, valuesOf(wanted, attributes), signal);
      const changed = new Set(wanted.map(({ setting }) => setting));
      return await wait(async () => {
        const seen = await inspect(signal);
        const left = seen.state === 'differs' ? seen.differences : [];
        return { seen, isSettled: !left.some(({ setting }) => changed.has(setting)) };
      }, signal);
    },
  };
}

/** As SQS takes them; what a new queue has anyway, no definition has. */
function valuesOf(differences: readonly Difference[], attributes: Attributes): Attributes {
  return Object.fromEntries(
    differences.map(({ setting, wouldBe }) => [setting, attributes[setting] ?? wouldBe] as const),
  );
}
