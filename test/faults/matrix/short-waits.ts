// What the worker waits for in real time, made short, so that a thousand faults fit into minutes: its pauses between tries, and the silence after which
// it gives a connection up. Their proportions stay as they are. A test file names these in `vi.mock`, before anything of the worker is loaded.

import { vi } from 'vitest';

const PAUSES_SHORTER = 20;

/** Silence on a connection; what is to be longer than the worker's patience lasts twice as long. */
export const PATIENCE_MILLISECONDS = 2_000;

/** For shared/backoff.ts. */
export async function shortBackoff(): Promise<typeof import('../../../shared/backoff.ts')> {
  const real = await vi.importActual<typeof import('../../../shared/backoff.ts')>('../../../shared/backoff.ts');
  return { ...real, wait: (milliseconds, signal) => real.wait(milliseconds / PAUSES_SHORTER, signal) };
}

type OssOptions = typeof import('../../../aws-worker/storage/oss-source-options.ts');

/** For aws-worker/storage/oss-source-options.ts. */
export async function shortOssTimeouts(): Promise<OssOptions> {
  const real = await vi.importActual<OssOptions>('../../../aws-worker/storage/oss-source-options.ts');
  const patience = { headersMilliseconds: PATIENCE_MILLISECONDS, bodyMilliseconds: PATIENCE_MILLISECONDS };
  return { ...real, DEFAULT_TIMEOUTS: { ...real.DEFAULT_TIMEOUTS, ...patience } };
}

type S3Options = typeof import('../../../aws-worker/storage/s3-options.ts');

/** For aws-worker/storage/s3-options.ts. */
export async function shortS3Timeouts(): Promise<S3Options> {
  const real = await vi.importActual<S3Options>('../../../aws-worker/storage/s3-options.ts');
  const patience = { idleMilliseconds: PATIENCE_MILLISECONDS, completeMilliseconds: PATIENCE_MILLISECONDS };
  return { ...real, DEFAULT_S3_TIMEOUTS: { ...real.DEFAULT_S3_TIMEOUTS, ...patience } };
}
