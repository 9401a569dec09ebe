// Every fault against every request of a small object's way, live and in a batch: once, three times, and until somebody heals it.
// Left out: a 404 NoSuchKey of OSS and a NoSuchUpload to an Abort, which are nothing but the truth; of a batch, what a fault does three times,
// and what one that lasts does after another one of its sort.

import { vi } from 'vitest';
import { FAULT_KINDS, ONE_OF_EACH_SORT } from './matrix/fault-kinds.ts';
import { BATCH_PLACES, SMALL_PLACES } from './matrix/places.ts';
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

testCells(
  'a small object meets',
  [
    ...cellsOf(SMALL_PLACES, FAULT_KINDS, ['once', 'three times', 'until healed']),
    ...cellsOf(BATCH_PLACES, FAULT_KINDS, ['once']),
    ...cellsOf(BATCH_PLACES, ONE_OF_EACH_SORT, ['until healed']),
  ],
  { concurrent: 48 },
);
