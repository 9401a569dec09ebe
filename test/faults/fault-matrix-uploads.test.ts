// Faults where an upload is there already: one to go on with, one of an older version, one whose id nobody heard.

import { vi } from 'vitest';
import { FAULT_KINDS, ONE_OF_EACH_SORT } from './matrix/fault-kinds.ts';
import { OUTDATED_PLACES, RESUMED_PLACES, UNNAMED_PLACES } from './matrix/places.ts';
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

const [LIST_PARTS, ...LATER] = RESUMED_PLACES;

testCells(
  'an upload that is there meets',
  [
    ...cellsOf(LIST_PARTS === undefined ? [] : [LIST_PARTS], FAULT_KINDS, ['once', 'until healed']),
    ...cellsOf(LATER, ONE_OF_EACH_SORT, ['once']),
    ...cellsOf(OUTDATED_PLACES, FAULT_KINDS, ['once']),
    ...cellsOf(OUTDATED_PLACES, ONE_OF_EACH_SORT, ['until healed']),
    ...cellsOf(UNNAMED_PLACES, ONE_OF_EACH_SORT, ['once', 'until healed']),
  ],
  { concurrent: 12 },
);
