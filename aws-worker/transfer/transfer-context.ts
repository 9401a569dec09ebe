// What a transfer works with; made once, in the composition root.

import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { ObjectDestination } from './object-destination.ts';
import type { ObjectSource } from './object-source.ts';
import type { UploadCheckpoints } from './upload-checkpoints.ts';

export interface TransferSettings {
  /** OSS_PREFIX and S3_PREFIX. */
  readonly sourcePrefix: string;
  readonly destinationPrefix: string;
  /** Objects up to one part go in one request. */
  readonly partSizeBytes: number;
  /** Left out: S3's 5 MiB. */
  readonly minPartBytes?: number;
  /** What the memory budget lets bulk hold: objects that need larger parts are refused. Left out: none is. */
  readonly maxPartBytes?: number;
  /** Parts of one object in flight. */
  readonly maxConcurrentParts: number;
  readonly copyTags: boolean;
  /** How often one transfer starts again when either side moves, before it is put back with a delay. */
  readonly maxRounds: number;
  /** Before the next round, with jitter; grows with each. */
  readonly roundBackoffMilliseconds: number;
}

export interface TransferContext {
  readonly source: ObjectSource;
  readonly destination: ObjectDestination;
  readonly uploads: UploadCheckpoints;
  readonly memory: MemoryBudget;
  readonly buffers: BufferPool;
  readonly settings: TransferSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of bytes that S3 has accepted, for metrics. */
  readonly onBytesWritten?: (bytes: number) => void;
}
