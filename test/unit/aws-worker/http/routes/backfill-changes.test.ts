import { describe, expect, test } from 'vitest';
import { BACKFILL_CHANGES } from '../../../../../aws-worker/http/app-dependencies.ts';
import type { BackfillStatus } from '../../../../../aws-worker/ledger/ledger.ts';
import { aBackfill, backfillsOf, openApp } from '../app-fixture.ts';

/** One backfill that changes as the ledger's would. */
function changing(initial: BackfillStatus) {
  let status = initial;
  const rules = {
    pause: { from: ['running'], to: 'paused' },
    resume: { from: ['paused'], to: 'running' },
    cancel: { from: ['running', 'paused'], to: 'cancelled' },
    'retry-failed': { from: ['done'], to: 'running' },
  } as const;
  return backfillsOf([], {
    find: async id => (id === 'bf-1' ? aBackfill({ status }) : undefined),
    change: async (id, to) => {
      const rule: { readonly from: readonly string[]; readonly to: BackfillStatus } = rules[to];
      if (id !== 'bf-1' || !rule.from.includes(status)) return false;
      status = rule.to;
      return true;
    },
  });
}

const cases: readonly [string, BackfillStatus, number, string][] = [
  ['pause', 'running', 200, 'paused'],
  ['pause', 'paused', 200, 'paused'],
  ['pause', 'done', 409, 'done'],
  ['pause', 'cancelled', 409, 'cancelled'],
  ['resume', 'paused', 200, 'copying'],
  ['resume', 'running', 200, 'copying'],
  ['resume', 'done', 409, 'done'],
  ['resume', 'cancelled', 409, 'cancelled'],
  ['cancel', 'running', 200, 'cancelled'],
  ['cancel', 'paused', 200, 'cancelled'],
  ['cancel', 'cancelled', 200, 'cancelled'],
  ['cancel', 'done', 409, 'done'],
  ['retry-failed', 'done', 200, 'copying'],
  ['retry-failed', 'running', 200, 'copying'],
  ['retry-failed', 'paused', 200, 'paused'],
  ['retry-failed', 'cancelled', 409, 'cancelled'],
];

test.each(cases)('to %s one that is %s is answered with %i, and it is %s', async (change, status, code, state) => {
  const { request } = await openApp({ backfills: changing(status) });
  const answer = await request({ method: 'POST', url: `/backfill/bf-1/${change}` });
  expect(answer.statusCode).toBe(code);
  if (code === 200) expect(answer.json().state).toBe(state);
  else
    expect(answer.json()).toMatchObject({ code: 'backfill-has-ended', detail: expect.stringContaining(` ${state};`) });
  expect((await request({ url: '/backfill/bf-1' })).json().state).toBe(state);
});

describe.each(BACKFILL_CHANGES)('%s', change => {
  test('twice is answered twice', async () => {
    const { request } = await openApp({ backfills: changing(change === 'resume' ? 'paused' : 'running') });
    const answers = [
      await request({ method: 'POST', url: `/backfill/bf-1/${change}` }),
      await request({ method: 'POST', url: `/backfill/bf-1/${change}`, payload: {} }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(answers[1]?.json()).toEqual(answers[0]?.json());
  });

  test('of one that is not there is a 404', async () => {
    const { request } = await openApp({ backfills: changing('running') });
    expect((await request({ method: 'POST', url: `/backfill/bf-2/${change}` })).statusCode).toBe(404);
  });

  test('takes no fields', async () => {
    const { request } = await openApp({ backfills: changing('running') });
    const answer = await request({ method: 'POST', url: `/backfill/bf-1/${change}`, payload: { force: true } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ field: 'force' }]);
  });
});
