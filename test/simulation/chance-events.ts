// What chance does to whole workers, queues and clouds, and what people ask for meanwhile: a list of moments, drawn before the schedule begins.

import { startBackfill } from '../../aws-worker/backfill/start-backfill.ts';
import { type Fleet, LOST_RECEIPT_MILLISECONDS } from './fleet.ts';
import type { Moment, Process } from './process.ts';
import type { SimulatedWorker } from './simulated-worker.ts';
import { changeDestination, changeSource } from './source-changes.ts';
import { REPLACING_WRITE } from './worker-ports.ts';
import type { World } from './world.ts';
import { drawWriteRace } from './write-races.ts';

export interface ChanceEvent {
  readonly turn: number;
  /** Left out: when its turn comes. Else from then on, as soon as a call of a worker is there. */
  readonly moment?: (Moment & { /** How many such moments are let pass. */ readonly skip: number }) | undefined;
  /** At once when that call is there; `happen` follows after it. */
  readonly prepare?: () => void;
  /** `process`: whose call it was. */
  readonly happen: (process: Process | undefined) => void;
}

const CUT_OFF_MAX_MILLISECONDS = 400_000;
const PHASES = ['sent', 'done', 'heard'] as const;
const WRITES = ['destination.put', 'destination.completeUpload', REPLACING_WRITE, REPLACING_WRITE];
const TRANSFER = [
  ...WRITES,
  'source.open',
  'source.read',
  'destination.head',
  'destination.createUpload',
  'destination.uploadPart',
];
const DEBTS = [
  'ledger.checkpointRange',
  'ledger.settleBatch',
  'ledger.transaction',
  'ledger.owedObjectsOf',
  'queue.send',
];

const CHANGES = ['pause', 'pause', 'resume', 'resume', 'cancel', 'retry-failed', 'retry-failed'] as const;

export function drawEvents(world: World, fleet: Fleet, keys: readonly string[]): readonly ChanceEvent[] {
  const { profile, random } = world;
  const someone = (act: (worker: SimulatedWorker) => void) => (process: Process | undefined) => {
    if (fleet.living.length > 0) act(fleet.workerOf(process) ?? random.pick(fleet.living));
  };
  const anyKey = () => random.pick(keys);
  const kinds: readonly EventKind[] = [
    [profile.sourceChanges, TRANSFER, () => changeSource(world, anyKey())],
    [profile.destinationChanges, TRANSFER, () => changeDestination(world, anyKey())],
    [profile.crashes, [...TRANSFER, ...DEBTS], someone(worker => fleet.crash(worker))],
    [profile.shutdowns, [...TRANSFER, ...DEBTS], someone(worker => fleet.shutDown(worker))],
    [profile.lostReceipts, [...TRANSFER, ...DEBTS], someone(worker => loseReceipts(world, fleet, worker))],
    [profile.purges, DEBTS, () => purgeOne(world)],
    [profile.damagedReads, [], () => world.source.damageReads(1)],
    [profile.keyTroubles, [], () => troubleKey(world, anyKey())],
    [profile.backfills, [], someone(worker => beginBackfill(world, worker))],
    [profile.commands, DEBTS, someone(worker => command(world, worker))],
  ];
  const events: ChanceEvent[] = kinds.flatMap(([count, operations, happen]) =>
    Array.from({ length: count }, () => ({ ...aimed(world, operations), happen })),
  );
  for (let count = 0; count < profile.writeRaces; count++) {
    const moment = { operation: REPLACING_WRITE, phase: 'sent', skip: random.below(2) } as const;
    events.push({ turn: random.below(profile.chanceTurns), moment, ...drawWriteRace(world, fleet, keys) });
  }
  return events.sort((one, other) => one.turn - other.turn);
}

type EventKind = readonly [count: number, operations: readonly string[], happen: ChanceEvent['happen']];

function aimed({ profile, random }: World, operations: readonly string[]): Pick<ChanceEvent, 'turn' | 'moment'> {
  const turn = random.below(profile.chanceTurns);
  if (operations.length === 0 || !random.chance(profile.aimedShare)) return { turn };
  return { turn, moment: { operation: random.pick(operations), phase: random.pick(PHASES), skip: random.below(3) } };
}

/** Either one receipt ends before its time, or a worker cannot extend any for a while. */
function loseReceipts(world: World, fleet: Fleet, { process }: SimulatedWorker): void {
  const { random, time } = world;
  if (random.chance(0.5)) {
    const expired = random.pick(world.queues).expire(bodies => random.pick(bodies));
    if (expired !== undefined) {
      world.receives.endedEarly(expired);
      world.trace('a receipt ends early');
    }
    fleet.noteLostReceipts();
    return;
  }
  process.cutOffUntil = time.now + 60_000 + random.below(CUT_OFF_MAX_MILLISECONDS);
  process.hasLostReceiptsUntil = process.cutOffUntil + LOST_RECEIPT_MILLISECONDS;
  world.trace(`${process.name} cannot extend its receipts`);
}

/** For a while and tried again, or once and for good. */
function troubleKey({ random, chance }: World, key: string): void {
  const trouble = random.pick([
    { code: 'source-bad-answer', calls: 1 + random.below(6) },
    { code: 'source-bad-answer', calls: 1 + random.below(2) },
    { code: 'source-access-denied', calls: 1 },
    { code: 'source-refused', calls: 3 },
  ]);
  chance.troubleKey({ key, ...trouble });
}

/** Only messages of debts, which the ledger remembers: an event that is lost is lost. */
function purgeOne(world: World): void {
  const isDropped = world.backfillQueue.drop(bodies => {
    const debts = bodies.filter(body => body.includes('"backfill"'));
    return debts.length === 0 ? '' : world.random.pick(debts);
  });
  if (isDropped) world.purges += 1;
  if (isDropped) world.trace('a message of the backfill is purged');
}

function beginBackfill(world: World, worker: SimulatedWorker): void {
  const mode = world.random.pick(['missing', 'all'] as const);
  const force = world.random.chance(0.3);
  world.trace(`${worker.process.name} is asked for a backfill, mode ${mode}`);
  startBackfill(worker.backfill, { mode, force }).catch((error: unknown) => world.trace(`  it answers ${error}`));
}

function command(world: World, worker: SimulatedWorker): void {
  const { ids } = world.backfills;
  if (ids.length === 0) return;
  const id = world.random.pick(ids);
  const change = world.random.pick(CHANGES);
  world.trace(`${worker.process.name} is asked for ${change} of ${id}`);
  worker.change(id, change).catch((error: unknown) => world.trace(`  it answers ${error}`));
}
