// Faults where uploads are listed, to find one whose id nobody heard. A listing is of the whole bucket, so these cells are played one by one.

import { vi } from 'vitest';
import { ONE_OF_EACH_SORT, ofNames } from './matrix/fault-kinds.ts';
import { LISTED_PLACES } from './matrix/places.ts';
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

/** Played one by one, all would take minutes. */
const LASTING = ['a lost answer', '403 AccessDenied', '404 NoSuchBucket', '412', '500', '503 SlowDown'];

testCells(
  'a search for lost uploads meets',
  [
    ...cellsOf(LISTED_PLACES, ONE_OF_EACH_SORT, ['once']),
    ...cellsOf(LISTED_PLACES, ofNames(LASTING), ['until healed']),
  ],
  { concurrent: 1 },
);
