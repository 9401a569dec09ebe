import { expect, it } from 'vitest';
import { createPaceMeter } from '../../../../cli/backfill/measure-pace.ts';
import { aBody } from './backfill-bodies.ts';

/** So many of 1,000 objects of 10 bytes are settled, all of them copied; the worker's own figures are 1 object and 2 MB a second, and 999 seconds. */
function settled(objects: number, given: Parameters<typeof aBody>[0] = {}) {
  const remaining = 1_000 - objects;
  return aBody(
    { etaSeconds: 999, objectsPerSecond: 1, megabytesPerSecond: 2, ...given },
    {
      objects: { found: 1_000, copied: objects, remaining },
      bytes: { found: 10_000, copied: objects * 10, remaining: remaining * 10 },
    },
  );
}

it('is the worker’s own until looks are five seconds apart', () => {
  const paceOf = createPaceMeter();
  const own = { objectsPerSecond: 1, bytesPerSecond: 2_000_000, etaSeconds: 999 };
  expect(paceOf(0, settled(0))).toEqual(own);
  expect(paceOf(4_999, settled(500))).toEqual(own);
});

it('is what the last minute was, not all the time before', () => {
  const paceOf = createPaceMeter();
  paceOf(0, settled(0));
  expect(paceOf(10_000, settled(100))).toEqual({ objectsPerSecond: 10, bytesPerSecond: 100, etaSeconds: 90 });
  paceOf(60_000, settled(100));
  expect(paceOf(70_000, settled(160))).toEqual({ objectsPerSecond: 1, bytesPerSecond: 10, etaSeconds: 840 });
});

it('has no time left while it is listing, and none that it could not know', () => {
  const paceOf = createPaceMeter();
  paceOf(0, settled(0, { etaSeconds: null }));
  expect(paceOf(10_000, settled(100, { etaSeconds: null })).etaSeconds).toBeNull();
});

it('takes the worker’s word for the time left while nothing ends, as when one large object is under way', () => {
  const paceOf = createPaceMeter();
  paceOf(0, settled(999));
  expect(paceOf(30_000, settled(999))).toEqual({ objectsPerSecond: 0, bytesPerSecond: 0, etaSeconds: 999 });
});

it('is never negative: what failed is owed again after a retry', () => {
  const paceOf = createPaceMeter();
  paceOf(0, settled(900));
  expect(paceOf(10_000, settled(800))).toMatchObject({ objectsPerSecond: 0, bytesPerSecond: 0 });
});

it('has no time left when all is done', () => {
  const paceOf = createPaceMeter();
  paceOf(0, settled(0));
  expect(paceOf(10_000, settled(1_000)).etaSeconds).toBe(0);
});
