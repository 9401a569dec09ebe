// `small` and `large`: the same bytes moved by the product, by the floor and by what most scripts do, in turns, so that whatever else the
// machine does meets all of them.

import { GIBIBYTE, KIBIBYTE, MEBIBYTE } from '../shared/limits.ts';
import type { BenchResult } from './bench-result.ts';
import type { Measurement, Workload } from './measure.ts';
import { measureInChild, startLightServers } from './run-node.ts';
import { spreadOf } from './spread.ts';
import { VARIANT_NAMES, type VariantName } from './variants/variant.ts';

const ROUNDS = 3;
const BYTES_PER_MEGABYTE = 1e6;
const SMALL_OBJECT_BYTES = 10 * KIBIBYTE;
const LARGE_OBJECT_BYTES = GIBIBYTE;

/** About as much work for each: an SDK takes several times as long for an object. */
const SMALL_OBJECTS: Readonly<Record<VariantName, number>> = { bridge: 6_000, floor: 12_000, naive: 2_000 };
const SMALL_CONCURRENCY = 64;
/** Enough for the compiler to have seen the whole path; not counted. */
const SMALL_WARM_UP_SHARE = 0.25;

const LARGE: Workload = {
  sizeBytes: LARGE_OBJECT_BYTES,
  warmUpSizeBytes: 64 * MEBIBYTE,
  objects: 1,
  warmUpObjects: 1,
  concurrency: 1,
};

export async function benchSmall(): Promise<BenchResult> {
  return await benchCopies({
    name: 'small',
    what: '10 KiB objects, one GET and one PUT each, 64 at a time',
    unit: 'CPU ms per object',
    workloadOf: smallWorkloadOf,
    figureOf: cpuMillisecondsPerObject => cpuMillisecondsPerObject,
  });
}

function smallWorkloadOf(variant: VariantName): Workload {
  const objects = SMALL_OBJECTS[variant];
  return {
    sizeBytes: SMALL_OBJECT_BYTES,
    warmUpSizeBytes: SMALL_OBJECT_BYTES,
    objects,
    warmUpObjects: objects * SMALL_WARM_UP_SHARE,
    concurrency: SMALL_CONCURRENCY,
  };
}

export async function benchLarge(): Promise<BenchResult> {
  return await benchCopies({
    name: 'large',
    what: 'one object of 1 GiB',
    unit: 'MB per CPU second',
    workloadOf: () => LARGE,
    figureOf: cpuMillisecondsPerObject => LARGE_OBJECT_BYTES / BYTES_PER_MEGABYTE / (cpuMillisecondsPerObject / 1000),
  });
}

interface CopyBench extends Pick<BenchResult, 'name' | 'what' | 'unit'> {
  readonly workloadOf: (variant: VariantName) => Workload;
  readonly figureOf: (cpuMillisecondsPerObject: number) => number;
}

async function benchCopies({ workloadOf, figureOf, ...bench }: CopyBench): Promise<BenchResult> {
  const rounds = await measureInTurns(workloadOf);
  const perObject = (variant: VariantName) =>
    rounds.map(round => round[variant].cpuMilliseconds / workloadOf(variant).objects);
  const ours = spreadOf(perObject('bridge')).median;
  const rows = VARIANT_NAMES.map(variant => ({
    variant,
    figure: spreadOf(perObject(variant).map(figureOf)),
    peakMemoryBytes: spreadOf(rounds.map(round => round[variant].peakMemoryBytes)),
    cpuOfBridge: spreadOf(perObject(variant)).median / ours,
  }));
  return { ...bench, rows };
}

type Round = Readonly<Record<VariantName, Measurement>>;

async function measureInTurns(workloadOf: (variant: VariantName) => Workload): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  const servers = await startLightServers();
  const measure = (variant: VariantName) => measureInChild(variant, workloadOf(variant), servers.ports);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({ bridge: await measure('bridge'), floor: await measure('floor'), naive: await measure('naive') });
    }
  } finally {
    await servers.close();
  }
  return rounds;
}
