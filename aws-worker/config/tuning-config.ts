// Concurrency and memory, which nobody should need to set.

import type { EnvironmentReader } from '../../shared/environment.ts';
import { MEBIBYTE } from '../../shared/limits.ts';

const MIN_PART_MEBIBYTES = 5;

export interface TuningConfig {
  readonly maxConcurrentObjects: number;
  readonly maxConcurrentParts: number;
  readonly memoryBudgetBytes: number;
  readonly partSizeBytes: number;
}

export function readTuningConfig(read: EnvironmentReader): TuningConfig {
  const partMebibytes = read.integer('PART_SIZE_MEBIBYTES', {
    minimum: MIN_PART_MEBIBYTES,
    maximum: 5 * 1024,
    fallback: 8,
  });
  const memoryMebibytes = read.integer('MEMORY_BUDGET_MEBIBYTES', { minimum: 16, maximum: 64 * 1024, fallback: 48 });
  if (memoryMebibytes < 2 * partMebibytes) {
    read.fault(
      `MEMORY_BUDGET_MEBIBYTES (${memoryMebibytes}) must be at least twice PART_SIZE_MEBIBYTES (${partMebibytes}).`,
    );
  }
  return {
    maxConcurrentObjects: read.integer('MAX_CONCURRENT_OBJECTS', { minimum: 1, maximum: 1024, fallback: 64 }),
    maxConcurrentParts: read.integer('MAX_CONCURRENT_PARTS', { minimum: 1, maximum: 64, fallback: 4 }),
    memoryBudgetBytes: memoryMebibytes * MEBIBYTE,
    partSizeBytes: partMebibytes * MEBIBYTE,
  };
}
