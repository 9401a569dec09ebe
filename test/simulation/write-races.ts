// What the protocol is about, brought together on purpose: a write that replaces something is on its way for long, the source goes back to what
// the destination has, its event is worked off by others, and who sent the write gives up, loses the message, stops or dies. By chance alone these
// would meet once in a hundred thousand schedules.

import type { Fleet } from './fleet.ts';
import type { Process } from './process.ts';
import type { SimulatedWorker } from './simulated-worker.ts';
import { goBackOrForth } from './source-changes.ts';
import type { World } from './world.ts';

type Misfortune = (worker: SimulatedWorker) => void;

/** What `happen` does follows what `prepare` made of the write. */
export interface WriteRace {
  /** In the moment in which the write is sent. */
  readonly prepare: () => void;
  readonly happen: (process: Process | undefined) => void;
}

export function drawWriteRace(world: World, fleet: Fleet, keys: readonly string[]): WriteRace {
  const { random } = world;
  const isSlow = random.chance(0.7);
  const nothing = () => undefined;
  const misfortunes: readonly Misfortune[] = [
    worker => fleet.crash(worker),
    worker => fleet.shutDown(worker),
    () => loseAllReceipts(world, fleet),
    nothing,
  ];
  // An answer that never comes is misfortune enough.
  const misfortune = isSlow ? random.pick(misfortunes) : nothing;
  const movesFirst = random.chance(0.5);
  return {
    prepare() {
      if (isSlow) world.chance.slowNextWrite();
      else world.chance.giveUpNextWrite();
    },
    happen(process) {
      const worker = fleet.workerOf(process);
      const suffer = () => worker !== undefined && fleet.living.includes(worker) && misfortune(worker);
      const move = () => goBackOrForth(world, random.pick(keys));
      if (movesFirst) move();
      suffer();
      if (!movesFirst) move();
    },
  };
}

function loseAllReceipts(world: World, fleet: Fleet): void {
  world.trace('receipts end early');
  fleet.noteLostReceipts();
  for (const queue of world.queues) {
    const expire = () => queue.expire(bodies => world.random.pick(bodies));
    for (let expired = expire(); expired !== undefined; expired = expire()) world.receives.endedEarly(expired);
  }
}
