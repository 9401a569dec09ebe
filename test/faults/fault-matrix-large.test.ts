// Every fault against the requests that only large objects need; against the others, which small objects make as well, one fault of each sort.
// Left out: what a fault does three times to what is tried again in the same way as a small object; a flipped bit in an upload's id, which TLS refuses.

import { vi } from 'vitest';
import { FAULT_KINDS, ONE_OF_EACH_SORT } from './matrix/fault-kinds.ts';
import { LARGE_BATCH_PLACES, LARGE_PLACES, LARGE_REPLACED_PLACES, MIDDLE_PLACES } from './matrix/places.ts';
import { cellsOf } from './matrix/play-cells.ts';
import { testCells } from './matrix/test-cells.ts';

vi.mock('../../shared/backoff.ts', async () => (await import('./matrix/short-waits.ts')).shortBackoff());
vi.mock('../../aws-worker/storage/oss-source-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortOssTimeouts(),
);
vi.mock('../../aws-worker/storage/s3-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortS3Timeouts(),
);
vi.mock('../../aws-worker/transfer/memory-budget.ts', async () =>
  (await import('./matrix/held-memory.ts')).watchedBudgets(),
);

const ONLY_LARGE = LARGE_PLACES.filter(({ isOnlyLarge }) => isOnlyLarge);
const WRITES = ONLY_LARGE.filter(({ isWrite }) => isWrite);
const READS = ONLY_LARGE.filter(({ isWrite }) => !isWrite);
const ALSO_SMALL = LARGE_PLACES.filter(({ isOnlyLarge }) => !isOnlyLarge);

testCells(
  'a large object meets',
  [
    ...cellsOf(ONLY_LARGE, FAULT_KINDS, ['once']),
    ...cellsOf(WRITES, FAULT_KINDS, ['until healed']),
    ...cellsOf(READS, ONE_OF_EACH_SORT, ['until healed']),
    ...cellsOf(ALSO_SMALL, ONE_OF_EACH_SORT, ['once']),
    ...cellsOf([...MIDDLE_PLACES, ...LARGE_REPLACED_PLACES, ...LARGE_BATCH_PLACES], ONE_OF_EACH_SORT, ['once']),
    ...cellsOf(LARGE_REPLACED_PLACES, ONE_OF_EACH_SORT, ['three times', 'until healed']),
  ],
  { concurrent: 16 },
);
