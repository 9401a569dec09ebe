// What is in the bucket before the bridge comes: thousands of small objects, some larger, a few in many parts, in prefixes that are backfilled one
// after the other. Many small backfills rather than one: a batch that is held by worker after worker as they die would end in the dead-letter queue.

import { AWKWARD_KEYS } from '../../local/demo/awkward-keys.ts';
import type { DemoObject } from '../../local/demo/demo-objects.ts';
import { KIBIBYTE, MEBIBYTE } from '../../shared/limits.ts';
import type { Random } from '../simulation/random.ts';

export interface Wave {
  readonly prefix: string;
  readonly objects: readonly DemoObject[];
  /** Whether the vendor's SDK can name its keys, so that they can be changed on the way. */
  readonly isChangeable: boolean;
}

export interface WavePlan {
  readonly waves: number;
  readonly objectsOfEach: number;
  /** After every so many waves comes one with a large object. */
  readonly largeEvery: number;
}

/** Of all keys. */
export const ROOT = 'b/';
/** Of those that may be large. */
export const LARGE_ROOT = `${ROOT}large-`;

const SMALL_MAX_BYTES = 64 * KIBIBYTE;
const LARGE_MIN_BYTES = 12 * MEBIBYTE;
const LARGE_MAX_BYTES = 40 * MEBIBYTE;
const SMALL_BESIDE_LARGE = 4;
const DIGITS = 4;

export function planWaves(plan: WavePlan, random: Random): readonly Wave[] {
  const awkward = AWKWARD_KEYS.map(key => ({ key: `${ROOT}${key}`, sizeBytes: smallSize(random), metadata: {} }));
  const waves = Array.from({ length: plan.waves }, (_, number) => {
    const small = planWave(`${ROOT}wave-${pad(number)}/`, { small: plan.objectsOfEach, large: 0 }, random);
    if (number % plan.largeEvery !== 0) return [small];
    return [small, planWave(`${LARGE_ROOT}${pad(number)}/`, { small: SMALL_BESIDE_LARGE, large: 1 }, random)];
  });
  return [{ prefix: `${ROOT}awkward/`, objects: awkward, isChangeable: false }, ...waves.flat()];
}

function planWave(prefix: string, count: { readonly small: number; readonly large: number }, random: Random): Wave {
  const objects = Array.from({ length: count.small + count.large }, (_, index) => ({
    key: `${prefix}${random.below(2 ** 32).toString(16)}-${index}`,
    sizeBytes: index < count.large ? largeSize(random) : smallSize(random),
    metadata: random.chance(0.1) ? { album: `Ausflug nach 西湖 ${index}` } : {},
  }));
  return { prefix, objects, isChangeable: true };
}

/** 0 to 64 KiB; now and then nothing at all, or a mebibyte and a little. */
export function smallSize(random: Random): number {
  if (random.chance(0.03)) return 0;
  if (random.chance(0.01)) return MEBIBYTE + random.below(KIBIBYTE);
  return random.below(SMALL_MAX_BYTES + 1);
}

export function largeSize(random: Random): number {
  return LARGE_MIN_BYTES + random.below(LARGE_MAX_BYTES - LARGE_MIN_BYTES + 1);
}

function pad(number: number): string {
  return String(number).padStart(DIGITS, '0');
}
