// What must hold: at every moment, and when everything has come to rest.

import type { Fleet } from './fleet.ts';
import { countUploadRows } from './memory-ledger.ts';
import { MAX_RECEIVE_COUNT, type World } from './world.ts';

/** A promise of the product that a schedule broke. */
export class ScheduleFault extends Error {
  override readonly name = 'ScheduleFault';

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/** Codes with which a key may be given up because others moved, without a fault of chance. */
const RACES = [
  'source-keeps-changing',
  'source-changed',
  'source-checksum-mismatch',
  'destination-changed',
  'destination-conflict',
  'destination-unknown',
  'destination-in-doubt',
  'upload-missing',
  'upload-part-invalid',
  'upload-superseded',
];

/** What was received too often: by the worker that ends it, or by the redrive policy, without a code. */
const OF_CRASHES = ['crashed-too-often', ''];
const CRASHES_OF_A_DEAD_LETTER = MAX_RECEIVE_COUNT - 1;

/** Cheap: looked at in every turn. @throws ScheduleFault */
export function checkMoment(world: World, fleet: Fleet): void {
  const lists = [world.watch.faults, world.backfills.faults, world.receives.faults, fleet.faults];
  if (lists.some(faults => faults.length > 0)) throw new ScheduleFault(lists.flat());
}

/** @throws ScheduleFault */
export async function checkEnd(
  world: World,
  { fleet, keys }: { fleet: Fleet; keys: readonly string[] },
): Promise<void> {
  checkMoment(world, fleet);
  const faults = [...copyFaults(world, keys), ...deadLetterFaults(world), ...leftovers(world, fleet)];
  for (const id of world.backfills.ids) await world.compareCounts(id);
  faults.push(...world.backfills.faults);
  if (faults.length > 0) throw new ScheduleFault(faults);
}

function copyFaults(world: World, keys: readonly string[]): readonly string[] {
  return keys.flatMap(key => {
    // Nobody may read it, so nobody can copy it.
    if (world.source.current(key)?.object.storageClass === 'Archive') return [];
    const difference = world.differenceOf(key);
    return difference === undefined ? [] : [`${difference}, and nothing is on its way.`];
  });
}

function deadLetterFaults(world: World): readonly string[] {
  return world.deadLetters.stored.flatMap(({ body, attributes }) => {
    const code = attributes?.Code ?? '';
    if (OF_CRASHES.includes(code) && world.receives.explained >= CRASHES_OF_A_DEAD_LETTER) return [];
    return RACES.includes(code) || world.chance.codes.has(code)
      ? []
      : [`A dead letter without a cause, ${code}: ${body}`];
  });
}

function leftovers(world: World, fleet: Fleet): readonly string[] {
  const faults: string[] = [];
  for (const { key, uploadId } of world.destination.openUploads)
    faults.push(`${key}: the upload ${uploadId} is left open.`);
  const rows = countUploadRows(world.database);
  if (rows > 0) faults.push(`${rows} rows of uploads are left in the ledger.`);
  for (const { process, memory, openBodies } of fleet.living) {
    if (memory.heldBytes !== 0 || memory.waiting !== 0)
      faults.push(`${process.name} still holds ${memory.heldBytes} bytes.`);
    if (openBodies() !== 0) faults.push(`${process.name} left ${openBodies()} bodies open.`);
  }
  return faults;
}
