// A reconcile on fakes of both clouds and a ledger in memory, and what must hold when it has ended.

import { createHash } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { openSqliteLedger } from '../../../../aws-worker/ledger/sqlite-ledger.ts';
import { type BufferPool, createBufferPool } from '../../../../aws-worker/transfer/buffer-pool.ts';
import { createMemoryBudget } from '../../../../aws-worker/transfer/memory-budget.ts';
import { createReconcile } from '../../../../aws-worker/transfer/reconcile.ts';
import type { ReconcileRequest } from '../../../../aws-worker/transfer/reconcile-request.ts';
import type { TransferContext, TransferSettings } from '../../../../aws-worker/transfer/transfer-context.ts';
import type { UploadCheckpoints } from '../../../../aws-worker/transfer/upload-checkpoints.ts';
import { BridgeError, type ErrorKind } from '../../../../shared/bridge-error.ts';
import { type Clock, systemClock } from '../../../../shared/clock.ts';
import { KIBIBYTE, MEBIBYTE } from '../../../../shared/limits.ts';
import { createFakeObjectDestination, type FakeDestinationOptions } from '../../../fakes/fake-object-destination.ts';
import { createFakeObjectSource } from '../../../fakes/fake-object-source.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createSteps, type Steps, steppedPort } from '../../../fakes/steps.ts';

export const KEY = 'photos/ä 1.jpg';
export const SIGNAL = new AbortController().signal;
/** Above it objects are uploaded in parts; with parts of 5 MiB, which S3 asks for, most tests need but one. */
export const PART_BYTES = 64 * KIBIBYTE;
export const SMALL = Buffer.from('version A');
export const OTHER = Buffer.from('version B, longer');
export const LARGE = pattern(PART_BYTES + 1, 1);
export const OTHER_LARGE = pattern(PART_BYTES + 1000, 2);
const MEMORY_BYTES = 64 * MEBIBYTE;

export function pattern(sizeBytes: number, seed: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  let state = seed;
  for (let at = 0; at + 4 <= sizeBytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE(state, at);
  }
  return bytes;
}

export function error(code: string, kind: ErrorKind = 'retryable'): BridgeError {
  return new BridgeError({ kind, code, message: `Said by a test: ${code}.` });
}

export type TransferFixture = Awaited<ReturnType<typeof createTransferFixture>>;

export async function createTransferFixture(
  options: {
    readonly settings?: Partial<TransferSettings>;
    readonly destination?: FakeDestinationOptions;
    /** For what the ledger and the janitor look at; rounds wait by the machine's. */
    readonly clock?: Clock;
    /** Shared by fixtures where a test makes hundreds: buffers of parts are dear to allocate. */
    readonly buffers?: BufferPool;
  } = {},
) {
  const { log, lines } = createRecordingLog();
  const now = () => (options.clock ?? systemClock).date();
  const ledger = await openSqliteLedger({ path: ':memory:', workerId: 'worker-1', log, now });
  onTestFinished(() => ledger.close());
  const source = createFakeObjectSource();
  const destination = createFakeObjectDestination({ now, ...options.destination });
  const memory = createMemoryBudget({ totalBytes: MEMORY_BYTES, reservedForSmallBytes: 8 * MEBIBYTE });
  const uploadSteps = createSteps<keyof UploadCheckpoints>();
  const settings: TransferSettings = {
    sourcePrefix: '',
    destinationPrefix: '',
    partSizeBytes: PART_BYTES,
    maxConcurrentParts: 3,
    copyTags: true,
    maxRounds: 5,
    roundBackoffMilliseconds: 0,
    ...options.settings,
  };
  const context: TransferContext = {
    source,
    destination,
    uploads: steppedPort(ledger.uploads, uploadSteps),
    memory,
    buffers: options.buffers ?? createBufferPool({ maxIdleBytes: MEMORY_BYTES }),
    settings,
    clock: { ...systemClock, date: now },
    log,
  };

  async function expectNothingLeft(key = KEY): Promise<void> {
    expect(destination.openUploads).toEqual([]);
    expect(await ledger.uploads.find(key)).toBeUndefined();
  }

  function expectFreed(): void {
    expect(source.openBodies).toBe(0);
    expect(memory.heldBytes).toBe(0);
  }

  return {
    source,
    destination,
    uploads: ledger.uploads,
    uploadSteps,
    context,
    lines,
    reconcile: (request: Partial<ReconcileRequest> = {}, signal: AbortSignal = SIGNAL) =>
      createReconcile(context)(requestOf(request), { signal }),
    /** Another worker on the same clouds and ledger; `onStep` is told of every call that it makes. */
    worker(steps: Steps<string>) {
      const own = {
        ...context,
        source: steppedPort(source, steps),
        destination: steppedPort(destination, steps),
        uploads: steppedPort(ledger.uploads, steps),
      };
      return (request: Partial<ReconcileRequest> = {}) => createReconcile(own)(requestOf(request), { signal: SIGNAL });
    },
    /** No upload, no row. */
    expectNothingLeft,
    /** No memory is held, no connection. */
    expectFreed,
    /** The destination is the source's last version, and nothing is left behind. */
    async expectEqual(key = KEY) {
      const current = source.current(key);
      const stored = destination.stored(key);
      expect(describeBytes(stored?.bytes)).toBe(describeBytes(current?.bytes));
      expect(stored?.description?.metadata).toEqual(current?.object.metadata);
      await expectNothingLeft(key);
    },
  };
}

/** Short in a failed test's output. */
function describeBytes(bytes: Buffer | undefined): string {
  if (bytes === undefined) return 'nothing';
  return `${bytes.length} bytes, MD5 ${createHash('md5').update(bytes).digest('hex')}`;
}

function requestOf(request: Partial<ReconcileRequest>): ReconcileRequest {
  return {
    key: KEY,
    sizeHintBytes: undefined,
    mode: 'live',
    backfill: undefined,
    mayHaveUpload: false,
    isDestinationEmpty: false,
    ...request,
  };
}
