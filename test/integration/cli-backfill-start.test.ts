// `bridge backfill start` where answers get lost: one backfill, however often it had to be asked for.

import { expect, it } from 'vitest';
import { startBackfill } from '../../cli/backfill/start-backfill.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { json, problem, reset, startApiStub, text } from '../fakes/api-stub.ts';
import { createHastyClock } from '../fakes/hasty-clock.ts';
import { aBody } from '../unit/cli/backfill/backfill-bodies.ts';
import { recordingIo } from '../unit/cli/cli-fixture.ts';

const API_TOKEN = 'correct-horse-battery-staple';

function use(stub: { readonly url: string }) {
  const clock = createHastyClock();
  return { ...recordingIo({ environment: { API_TOKEN } }), options: { url: stub.url, clock }, clock };
}

it('asks again with the same key after a lost answer, also while the worker starts again', async () => {
  const stub = await startApiStub(reset, problem(503, 'ledger-busy'), text(502, 'text/html', ''), json(aBody(), 202));
  const { io, printed, options } = use(stub);
  expect(await startBackfill(io, options)).toBe(EXIT.ok);
  expect(printed.stdout).toContain('Backfill bf-1 of all objects, mode missing: copying');
  expect(printed.stdout).toContain('bridge backfill watch bf-1 shows how it gets on.');
  expect(printed.stderr).toMatch(/gave no answer: the connection broke.*Asking again\.\n$/);
  const keys = stub.asked.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toEqual(Array(4).fill(expect.stringMatching(/^[\w-]{36}$/)));
  expect(new Set(keys).size).toBe(1);
  expect(stub.asked.map(({ line, body }) => [line, body])).toEqual(Array(4).fill(['POST /backfill', '{}']));
});

it('sends what was asked for, and nothing else', async () => {
  const stub = await startApiStub(json(aBody(), 202));
  const { io, printed, options } = use(stub);
  const asked = { prefix: '西湖/', mode: 'all', force: true, idempotencyKey: 'mine', json: true } as const;
  await startBackfill(io, { ...options, ...asked });
  expect(JSON.parse(printed.stdout)).toEqual(aBody());
  expect(JSON.parse(stub.asked[0]?.body ?? '')).toEqual({ prefix: '西湖/', mode: 'all', force: true });
  expect(stub.asked[0]?.headers).toMatchObject({ 'idempotency-key': 'mine', 'content-type': 'application/json' });
});

it('gives up after a while, and says how to find out without starting a second one', async () => {
  const stub = await startApiStub(reset);
  const { io, printed, options, clock } = use(stub);
  await expect(startBackfill(io, options)).rejects.toMatchObject({ code: 'bridge-answer-lost' });
  expect(stub.asked).toHaveLength(6);
  expect(clock.waited).toBeLessThan(30_000);
  const key = stub.asked[0]?.headers['idempotency-key'];
  expect(printed.stderr).toContain(`repeat the command with --idempotency-key ${key}\n`);
});

it('does not ask again for what was refused, nor for what never arrived', async () => {
  const stub = await startApiStub(problem(503, 'ledger-busy'));
  const refused = use(stub);
  await expect(startBackfill(refused.io, refused.options)).rejects.toMatchObject({ code: 'ledger-busy' });
  expect(stub.asked).toHaveLength(1);
  const { io, printed, options } = use({ url: 'http://no-such-host.invalid' });
  await expect(startBackfill(io, options)).rejects.toMatchObject({ code: 'bridge-unreachable' });
  expect(printed.stderr).toBe('');
});
