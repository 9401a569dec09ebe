import { expect, test } from 'vitest';
import { openApp } from '../app-fixture.ts';

const problems = [
  { code: 'ledger-unavailable', message: 'The disk is full.' },
  { code: 'draining', message: 'Shutting down.' },
];

test('a worker that is ready says so', async () => {
  const { app } = await openApp();
  const answer = await app.inject({ url: '/readyz' });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({ ready: true, problems: [] });
});

test('one that is not lists every reason', async () => {
  const { app } = await openApp({ readiness: async () => problems });
  const answer = await app.inject({ url: '/readyz' });
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toEqual({ ready: false, problems });
});

test('not ready is still alive', async () => {
  const { app } = await openApp({ readiness: async () => problems });
  expect((await app.inject({ url: '/livez' })).statusCode).toBe(200);
});

test('a worker that is stuck is not alive', async () => {
  const { app } = await openApp({ isAlive: () => false });
  const answer = await app.inject({ url: '/livez' });
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toEqual({ alive: false });
});

test('a readiness check that fails is a 500, not an answer', async () => {
  const { app } = await openApp({ readiness: () => Promise.reject(new Error('broken')) });
  expect((await app.inject({ url: '/readyz' })).statusCode).toBe(500);
});
