// What a seed's world is like: how large, and how much of what goes wrong. Each profile is about something; its numbers are drawn from the seed.

import { createRandom, type Random } from './random.ts';

export interface Profile {
  readonly name: string;
  readonly keys: number;
  readonly workers: number;
  /** How many of the contents that are written are large. */
  readonly largeShare: number;
  readonly hasMd5Etags: boolean;
  readonly listsChecksums: boolean;
  readonly isOneQueue: boolean;
  /** Changes of the source, each with its events. */
  readonly sourceChanges: number;
  /** The source goes back and forth between few versions, and nothing else: what an ETag cannot see. */
  readonly isThereAndBack: boolean;
  /** How many of what happens waits for a moment in which it is likely to matter. */
  readonly aimedShare: number;
  /** Writes, deletes and dropped uploads at the destination by others. */
  readonly destinationChanges: number;
  readonly backfills: number;
  /** Pauses, resumes and cancels. */
  readonly commands: number;
  readonly crashes: number;
  readonly shutdowns: number;
  /** Receipts that end early, and workers that cannot extend theirs. */
  readonly lostReceipts: number;
  /** Misfortunes around one write: write-races.ts. */
  readonly writeRaces: number;
  /** Messages that are lost by a purge, or moved to the dead-letter queue. */
  readonly purges: number;
  readonly damagedReads: number;
  /** Keys that cannot be read for a while, or not at all. */
  readonly keyTroubles: number;
  /** Calls that fail, at most, and how likely each is to. */
  readonly faults: number;
  readonly faultRate: number;
  readonly failsOnlyWrites: boolean;
  /** How likely a call is to take time, 20 ms to 2 minutes. */
  readonly slowRate: number;
  /** How many steps let nearly everything else happen first. */
  readonly tortoiseRate: number;
  readonly duplicateShare: number;
  readonly pageObjects: number;
  readonly batchBytes: number;
  readonly maxUnpaid: number;
  readonly maxAttempts: number;
  /** In which turns chance happens. */
  readonly chanceTurns: number;
}

const CALM: Omit<Profile, 'name'> = {
  keys: 1,
  workers: 2,
  largeShare: 0.3,
  hasMd5Etags: true,
  listsChecksums: true,
  isOneQueue: false,
  sourceChanges: 2,
  isThereAndBack: false,
  aimedShare: 0.5,
  destinationChanges: 0,
  backfills: 0,
  commands: 0,
  crashes: 0,
  shutdowns: 0,
  lostReceipts: 0,
  writeRaces: 0,
  purges: 0,
  damagedReads: 0,
  keyTroubles: 0,
  faults: 0,
  faultRate: 0,
  failsOnlyWrites: false,
  slowRate: 0.03,
  tortoiseRate: 0.1,
  duplicateShare: 0.2,
  pageObjects: 3,
  batchBytes: 100,
  maxUnpaid: 6,
  maxAttempts: 10,
  chanceTurns: 120,
};

const upTo = (random: Random, most: number) => random.below(most + 1);

const PROFILES: Readonly<Record<string, (random: Random) => Partial<Profile>>> = {
  'one key, several workers': random => ({
    workers: 2 + random.below(2),
    sourceChanges: 2 + random.below(3),
    largeShare: random.pick([0, 0.5, 1]),
    crashes: upTo(random, 1),
  }),
  'there and back again': random => ({
    workers: 2 + random.below(2),
    isThereAndBack: true,
    sourceChanges: 2 + random.below(3),
    aimedShare: 0.8,
    tortoiseRate: 0.2,
    slowRate: 0.01,
    duplicateShare: 0,
    largeShare: random.pick([0, 0, 1, 0.5]),
    writeRaces: random.pick([0, 1, 1, 2]),
    crashes: random.pick([0, 0, 0, 1]),
  }),
  'one large key under crashes': random => ({
    sourceChanges: 1 + random.below(3),
    largeShare: 1,
    crashes: 1 + random.below(3),
    lostReceipts: upTo(random, 1),
    destinationChanges: upTo(random, 1),
    faults: upTo(random, 3),
    faultRate: 0.08,
  }),
  'lost answers and late writes': random => ({
    keys: 1 + random.below(2),
    sourceChanges: 2 + random.below(3),
    largeShare: random.pick([0, 0.5]),
    faults: 2 + random.below(5),
    ...random.pick([
      { faultRate: 0.12, failsOnlyWrites: false },
      { faultRate: 0.5, failsOnlyWrites: true },
    ]),
    slowRate: 0.12,
    crashes: upTo(random, 1),
    shutdowns: upTo(random, 1),
  }),
  receipts: random => ({
    keys: 1 + random.below(2),
    sourceChanges: 2 + random.below(2),
    largeShare: random.pick([0, 0.5, 1]),
    lostReceipts: 1 + random.below(3),
    writeRaces: upTo(random, 1),
    slowRate: 0.12,
    shutdowns: upTo(random, 1),
    crashes: upTo(random, 1),
  }),
  'things that move': random => ({
    keys: 1 + random.below(3),
    sourceChanges: 3 + random.below(5),
    largeShare: 0.4,
    destinationChanges: upTo(random, 2),
    damagedReads: upTo(random, 2),
  }),
  'backfill with troubled keys': random => ({
    keys: 2 + random.below(6),
    workers: 1 + random.below(2),
    backfills: 1,
    sourceChanges: upTo(random, 2),
    largeShare: 0.2,
    keyTroubles: 1 + random.below(3),
    crashes: upTo(random, 1),
    maxAttempts: random.pick([2, 3, 10]),
    faults: upTo(random, 6),
    faultRate: 0.08,
  }),
  "backfill under a person's hand": random => ({
    keys: 2 + random.below(5),
    workers: 1 + random.below(3),
    backfills: 1,
    sourceChanges: upTo(random, 2),
    largeShare: 0.2,
    commands: 2 + random.below(4),
    aimedShare: 0.7,
    keyTroubles: upTo(random, 2),
    crashes: upTo(random, 1),
    maxAttempts: random.pick([2, 3]),
  }),
  'backfill under crashes': random => ({
    keys: 3 + random.below(5),
    workers: 1 + random.below(3),
    backfills: 1 + random.below(2),
    sourceChanges: upTo(random, 3),
    largeShare: 0.15,
    crashes: 1 + random.below(3),
    lostReceipts: upTo(random, 1),
    purges: upTo(random, 2),
    commands: upTo(random, 1),
    keyTroubles: upTo(random, 1),
    maxAttempts: random.pick([2, 10]),
    faults: upTo(random, 8),
    faultRate: 0.1,
    chanceTurns: 250,
  }),
  storm: random => ({
    keys: 1 + random.below(3),
    workers: 2 + random.below(2),
    backfills: upTo(random, 2),
    sourceChanges: 3 + random.below(6),
    isThereAndBack: random.chance(0.5),
    writeRaces: upTo(random, 2),
    destinationChanges: upTo(random, 2),
    largeShare: random.pick([0.2, 0.6]),
    commands: upTo(random, 3),
    crashes: 1 + random.below(4),
    shutdowns: upTo(random, 2),
    lostReceipts: upTo(random, 3),
    keyTroubles: upTo(random, 2),
    faults: 5 + random.below(10),
    faultRate: 0.12,
    maxAttempts: random.pick([3, 10]),
    chanceTurns: 300,
  }),
  everything: random => ({
    keys: 1 + random.below(5),
    workers: 1 + random.below(3),
    backfills: upTo(random, 2),
    sourceChanges: 1 + random.below(4),
    destinationChanges: upTo(random, 1),
    largeShare: 0.3,
    commands: upTo(random, 3),
    crashes: upTo(random, 2),
    shutdowns: upTo(random, 2),
    lostReceipts: upTo(random, 1),
    purges: upTo(random, 1),
    damagedReads: upTo(random, 1),
    keyTroubles: upTo(random, 1),
    faults: upTo(random, 8),
    faultRate: 0.1,
    maxAttempts: 3 + random.below(8),
    chanceTurns: 250,
  }),
};

export const PROFILE_NAMES = Object.keys(PROFILES);

export function profileNameOf(seed: number): string {
  return PROFILE_NAMES[seed % PROFILE_NAMES.length] ?? 'everything';
}

export function profileOf(seed: number): Profile {
  const random = createRandom(seed ^ 0x5eed);
  const name = profileNameOf(seed);
  return {
    ...CALM,
    hasMd5Etags: random.chance(0.7),
    listsChecksums: random.chance(0.9),
    isOneQueue: random.chance(0.2),
    pageObjects: 2 + random.below(2),
    batchBytes: random.pick([40, 100]),
    maxUnpaid: random.pick([2, 6]),
    ...PROFILES[name]?.(random),
    name,
  };
}
