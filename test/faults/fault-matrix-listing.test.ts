// Every fault against the listing of a backfill. Whatever it is, nothing fails and nothing is passed over: the range waits, or the backfill is paused until
// a person resumes it. Left out: a flipped bit, of which nothing but TLS can know, and headers of objects.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FAULT_KINDS } from './matrix/fault-kinds.ts';
import { type MatrixBridge, startMatrixBridge } from './matrix/matrix-bridge.ts';
import { LISTING_PLACE } from './matrix/places.ts';
import { type ListingEnd, playListing } from './matrix/play-listing.ts';

vi.mock('../../shared/backoff.ts', async () => (await import('./matrix/short-waits.ts')).shortBackoff());
vi.mock('../../aws-worker/storage/oss-source-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortOssTimeouts(),
);
vi.mock('../../aws-worker/storage/s3-options.ts', async () =>
  (await import('./matrix/short-waits.ts')).shortS3Timeouts(),
);

/** Of which a listing has nothing. */
const OF_OBJECTS = ['a flipped bit of what comes', 'no ETag', 'another ETag'];
const KINDS = FAULT_KINDS.filter(({ name, suits }) => !OF_OBJECTS.includes(name) && (suits?.(LISTING_PLACE) ?? true));
const DONE_ALL_THE_SAME = ['a short delay', 'a short stall', 'no Content-Length'];
const PAUSED = ['400', '403 AccessDenied'];

let bridge: MatrixBridge;
beforeAll(async () => {
  bridge = await startMatrixBridge();
});
afterAll(() => bridge?.close());

describe('the listing of a backfill meets', () => {
  test.each(KINDS.map(kind => [kind.name, kind] as const))('%s, once', async (name, kind) => {
    const end = await playListing(bridge, { kind, lasting: 'once', folder: `${name} once` });
    expect(end).toBe(PAUSED.includes(name) ? 'paused' : 'done');
  });

  // Played one by one, those that take seconds a try would take minutes.
  const quick = KINDS.filter(({ isSlow = false }) => !isSlow);
  test.each(quick.map(kind => [kind.name, kind] as const))('%s, until it is healed', async (name, kind) => {
    const end = await playListing(bridge, { kind, lasting: 'until healed', folder: `${name} lasting` });
    expect(end).toBe(lastingEnd(name));
  });
});

function lastingEnd(name: string): ListingEnd {
  if (DONE_ALL_THE_SAME.includes(name)) return 'done';
  return PAUSED.includes(name) ? 'paused' : 'waits';
}
