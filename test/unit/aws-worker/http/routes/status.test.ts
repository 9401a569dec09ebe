import { expect, test } from 'vitest';
import { openApp, outcomeCounts } from '../app-fixture.ts';

test('shows what the worker has done and what is in its way', async () => {
  const problems = [{ code: 'ledger-busy', message: 'Busy.' }];
  const { request } = await openApp({ readiness: async () => problems });
  expect((await request({ url: '/status' })).json()).toEqual({
    version: '1.2.3',
    now: '2026-03-04T05:06:40.000Z',
    startedAt: '2026-03-04T05:05:40.000Z',
    problems,
    outcomes: {
      copied: { objects: 3, bytes: 30 },
      skipped: { objects: 0, bytes: 0 },
      sourceMissing: { objects: 1, bytes: 0 },
      archived: { objects: 0, bytes: 0 },
      unverified: { objects: 0, bytes: 0 },
      failed: { objects: 0, bytes: 0 },
    },
    bytesWritten: 30,
    inFlight: { messages: 2, bytes: 20 },
    lastObjectAt: '2026-03-04T05:06:40.000Z',
    lagSeconds: null,
  });
});

test('a worker that has seen nothing yet has no last object', async () => {
  const live = () => ({
    startedAt: new Date(0),
    outcomes: outcomeCounts(),
    bytesWritten: 0,
    inFlight: { messages: 0, bytes: 0 },
    lastObjectAt: undefined,
    lagSeconds: 1.5,
  });
  const { request } = await openApp({ live });
  expect((await request({ url: '/status' })).json()).toMatchObject({ lastObjectAt: null, lagSeconds: 1.5 });
});
