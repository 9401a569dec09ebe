// One schedule from its beginning to its end: chance first; then everything works, and the world must come to rest, as it ought to be.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { startBackfill } from '../../aws-worker/backfill/start-backfill.ts';
import { type ChanceEvent, drawEvents } from './chance-events.ts';
import { Fleet } from './fleet.ts';
import { checkEnd, checkMoment, ScheduleFault } from './oracle.ts';
import { goForth, keyNames, prepareDestination, sendEvent, writeObject } from './source-changes.ts';
import type { World } from './world.ts';

const MAX_TURNS = 40_000;
const MAX_ELAPSED_SECONDS = 48 * 3_600;
/** How often time goes on although something could still happen now. */
const HURRY = 0.02;
/** Until the janitor looks after what was left behind: uploads that were idle for an hour, then those that were never named. */
const TIDY_AFTER_MILLISECONDS = [3_700_000, 700_000, 700_000];

/** @throws ScheduleFault when a promise of the product is broken */
export async function play(world: World): Promise<void> {
  const keys = keyNames(world.profile.keys);
  const events = prepare(world, keys);
  const fleet = new Fleet(world);
  await playChance(world, fleet, [...events(fleet)]);
  await playCalm(world, fleet, keys);
}

function prepare(world: World, keys: readonly string[]): (fleet: Fleet) => readonly ChanceEvent[] {
  // Where there is no backfill, only events tell of what is there at first.
  for (const key of keys) {
    if (!world.profile.isThereAndBack && world.random.chance(0.2)) continue;
    writeObject(world, key);
    prepareDestination(world, key);
    if (world.profile.isThereAndBack) goForth(world, key);
    else if (world.random.chance(0.3)) writeObject(world, key);
    if (world.profile.backfills === 0) sendEvent(world, key);
  }
  return fleet => drawEvents(world, fleet, keys);
}

async function playChance(world: World, fleet: Fleet, events: ChanceEvent[]): Promise<void> {
  const armed = new Set<ChanceEvent>();
  const passes = new Map<ChanceEvent, number>();
  const due: (() => void)[] = [];
  world.onMoment = (reached, process) => {
    for (const event of armed) {
      const { moment } = event;
      if (moment?.phase !== reached.phase || ![reached.operation, reached.role].includes(moment.operation)) continue;
      const passed = passes.get(event) ?? 0;
      passes.set(event, passed + 1);
      if (passed < moment.skip) continue;
      armed.delete(event);
      event.prepare?.();
      due.push(() => event.happen(process));
      return;
    }
  };
  while (events.length + armed.size + due.length > 0) {
    await turn(world, fleet, due.shift());
    // At rest: the next event comes at once, for nothing would happen before it.
    const isIdle = world.steps.pending === 0 && fleet.living.every(worker => !worker.isBusy());
    const isHurried = isIdle && world.random.chance(0.3);
    if ((events[0]?.turn ?? Number.POSITIVE_INFINITY) <= world.turn || isHurried) {
      const event = events.shift() ?? [...armed][0];
      if (event === undefined) continue;
      if (event.moment === undefined || armed.delete(event)) event.happen(undefined);
      else armed.add(event);
    }
  }
  world.onMoment = undefined;
}

async function playCalm(world: World, fleet: Fleet, keys: readonly string[]): Promise<void> {
  world.trace('chance ends');
  world.calm();
  for (const { process } of fleet.living) process.cutOffUntil = 0;
  await rest(world, fleet);
  await closeWhatPeopleMust(world, fleet);
  await rest(world, fleet);
  for (const milliseconds of TIDY_AFTER_MILLISECONDS) {
    world.time.advanceTo(world.time.now + milliseconds);
    await rest(world, fleet);
  }
  await checkEnd(world, { fleet, keys });
}

/** What nobody but a person can know of, or decide: paused backfills, dead letters, what another tool did to the destination. */
async function closeWhatPeopleMust(world: World, fleet: Fleet): Promise<void> {
  const letters = world.deadLetters.stored;
  const isCovered = world.backfills.ids.some(id => world.backfills.statusOf(id) === 'done');
  if (world.interfered.size > 0 || (world.profile.backfills > 0 && !isCovered)) {
    const [worker] = fleet.living;
    world.trace('a person starts a backfill');
    const started = worker && startBackfill(worker.backfill, { mode: 'missing', force: true });
    started?.catch((error: unknown) => world.trace(`  it answers ${error}`));
  }
  for (const id of world.backfills.ids) {
    if (!world.backfills.hasFailures(id) || world.random.chance(0.3)) continue;
    world.trace(`a person retries what failed of ${id}`);
    fleet.living[0]?.change(id, 'retry-failed').catch((error: unknown) => world.trace(`  it answers ${error}`));
  }
  for (const letter of letters) {
    world.trace(`a person redrives ${letter.body}`);
    await world.liveQueue.send([{ body: letter.body }]);
  }
}

/** Until nothing is left to do. @throws ScheduleFault when that does not come */
async function rest(world: World, fleet: Fleet): Promise<void> {
  do {
    await turn(world, fleet);
    await resumePaused(world, fleet);
  } while (!(isAtRest(world, fleet) && (await staysAtRest(world, fleet))));
}

/** What the last step began may not be a step yet. */
async function staysAtRest(world: World, fleet: Fleet): Promise<boolean> {
  await nextTurn();
  return isAtRest(world, fleet);
}

async function resumePaused(world: World, fleet: Fleet): Promise<void> {
  const paused = world.backfills.ids.filter(id => world.backfills.statusOf(id) === 'paused');
  for (const id of paused) {
    if (world.steps.pending > 0) return;
    world.trace(`a person resumes ${id}`);
    fleet.living[0]?.change(id, 'resume').catch((error: unknown) => world.trace(`  it answers ${error}`));
  }
}

function isAtRest(world: World, fleet: Fleet): boolean {
  return (
    world.steps.pending === 0 &&
    world.queues.every(queue => queue.stored.length === 0) &&
    fleet.isComplete &&
    fleet.living.every(worker => !worker.isBusy()) &&
    world.backfills.ids.every(id => ['done', 'cancelled'].includes(world.backfills.statusOf(id) ?? ''))
  );
}

/** One step, or time goes on to the next moment in which something can happen. */
async function turn(world: World, fleet: Fleet, due?: () => void): Promise<void> {
  await nextTurn();
  checkMoment(world, fleet);
  world.turn += 1;
  if (world.turn > MAX_TURNS || world.time.elapsedSeconds > MAX_ELAPSED_SECONDS) {
    throw new ScheduleFault(['It does not come to rest.']);
  }
  if (due !== undefined) return due();
  const step = !world.isCalm && world.random.chance(HURRY) ? undefined : world.steps.take();
  if (step === undefined) return advance(world);
  world.trace(step.label);
  step.run();
}

function advance(world: World): void {
  const moments = [world.time.nextAt(), ...world.queues.map(queue => queue.nextVisibleAt)];
  const next = Math.min(...moments.map(moment => moment ?? Number.POSITIVE_INFINITY));
  if (Number.isFinite(next)) world.time.advanceTo(next);
}
