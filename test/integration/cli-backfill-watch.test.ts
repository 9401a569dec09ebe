// `bridge backfill watch`, from the first look to every end that it can come to.

import { describe, expect, it } from 'vitest';
import { watchBackfill } from '../../cli/backfill/watch-backfill.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { json, problem, type Reply, reset, silence, startApiStub, text } from '../fakes/api-stub.ts';
import { createHastyClock } from '../fakes/hasty-clock.ts';
import { createFakeTerminal } from '../fakes/terminal.ts';
import { aBody } from '../unit/cli/backfill/backfill-bodies.ts';
import { recordingIo } from '../unit/cli/cli-fixture.ts';

const API_TOKEN = 'correct-horse-battery-staple';

function at(remaining: number, given: Parameters<typeof aBody>[0] = {}) {
  return json(aBody(given, { objects: { found: 10, copied: 10 - remaining, remaining } }));
}
const DONE = at(0, { state: 'done', endedAt: '2026-03-04T05:10:00.000Z' });

async function watch(
  replies: readonly [Reply, ...Reply[]],
  own: Parameters<typeof recordingIo>[0] & { readonly json?: true } = {},
) {
  const stub = await startApiStub(...replies);
  const { json: isJson, ...ownIo } = own;
  const { io, printed } = recordingIo({ environment: { API_TOKEN }, ...ownIo });
  const clock = createHastyClock();
  const options = { id: 'bf-1', url: stub.url, clock, ...(isJson === undefined ? {} : { json: isJson }) };
  return { ended: watchBackfill(io, options), printed, stub, clock };
}

describe('the exit code', () => {
  it.each([
    ['done', {}, {}, EXIT.ok],
    ['done', {}, { failed: 1 }, EXIT.differs],
    ['cancelled', {}, {}, EXIT.failed],
    ['paused', { reason: 'OSS refuses everything.' }, {}, EXIT.failed],
    ['paused', {}, {}, EXIT.failed],
  ] as const)('of one that is %s %j %j is %4$d', async (state, given, objects, exitCode) => {
    const { ended, printed } = await watch([at(9), json(aBody({ state, ...given }, { objects }))]);
    expect(await ended).toBe(exitCode);
    expect(printed.stdout).toContain(`Backfill bf-1: ${state}\n`);
    if ('reason' in given) expect(printed.stdout).toContain(given.reason);
    if (state === 'paused') expect(printed.stdout).toContain('bridge backfill resume bf-1 goes on with it.');
  });

  it('of one that had ended before is told by the first look', async () => {
    const { ended, stub } = await watch([DONE]);
    expect(await ended).toBe(EXIT.ok);
    expect(stub.asked).toHaveLength(1);
  });
});

describe('while nobody answers', () => {
  const TROUBLES: readonly (readonly [string, Reply])[] = [
    ['resets', reset],
    ['a proxy’s error page', text(503, 'text/html', '<html>')],
    ['a busy ledger', problem(503, 'ledger-busy', 'The ledger is busy.')],
  ];
  it.each(TROUBLES)('%s: it goes on, and says so once', async (_what, trouble) => {
    const { ended, printed, clock } = await watch([at(9), trouble, trouble, trouble, at(8), trouble, DONE]);
    expect(await ended).toBe(EXIT.ok);
    expect(printed.stderr.match(/Asking again\.\n/g)).toHaveLength(2);
    expect(printed.stderr.match(/It answers again\.\n/g)).toHaveLength(2);
    expect(clock.waited).toBe(6_000);
  });

  it('a terminal shows for how long, and standard error stays empty', async () => {
    const terminal = createFakeTerminal(80);
    const seen: string[] = [];
    const stdout = (written: string) => {
      terminal.write(written);
      seen.push(...terminal.rows());
    };
    const { ended, printed } = await watch([at(9), reset, reset, at(8), DONE], { isTerminal: true, stdout });
    expect(await ended).toBe(EXIT.ok);
    expect(printed.stderr).toBe('');
    expect(seen.filter(row => row.startsWith('no answer'))).toEqual([
      'no answer for 1 s; asking again',
      'no answer for 2 s; asking again',
    ]);
    expect(terminal.rows().join('\n')).not.toContain('no answer');
  });

  it('the pace after it is not that of the standstill', async () => {
    const looks = [9, 8].map(remaining => at(remaining, { objectsPerSecond: 7 }));
    const [before = DONE, after = DONE] = looks;
    const { ended, printed } = await watch([before, ...Array(20).fill(reset), after, DONE]);
    await ended;
    expect(printed.stdout).toMatch(/copying: 20\.0 %, 2 of 10 objects, .* 7 objects\/s/);
  });

  it('gives up after a quarter of an hour', async () => {
    const { ended, clock } = await watch([at(9), reset]);
    await expect(ended).rejects.toMatchObject({ code: 'bridge-answer-lost' });
    expect(clock.waited).toBe(901_000);
  });

  it.each([
    ['at first', [reset], 'bridge-answer-lost'],
    ['because the token is another now', [at(9), problem(401, 'unauthorized')], 'unauthorized'],
    ['because it is forgotten', [at(9), problem(404, 'backfill-not-found')], 'backfill-not-found'],
  ] as const)('%s, it ends at once', async (_why, replies, code) => {
    const { ended, clock } = await watch([...replies]);
    await expect(ended).rejects.toMatchObject({ code });
    expect(clock.waited).toBeLessThanOrEqual(1_000);
  });
});

describe('a signal', () => {
  it.each([
    ['between two looks', at(9)],
    ['during a look', silence],
  ])('%s ends it with 130, and says that the backfill goes on', async (_when, later) => {
    const stop = new AbortController();
    const reply: Reply = exchange => {
      later(exchange);
      setTimeout(() => stop.abort(), 50);
    };
    const { ended, printed } = await watch([at(9), reply], { signal: stop.signal });
    expect(await ended).toBe(EXIT.cancelled);
    expect(printed.stderr).toBe(
      'The backfill goes on. bridge backfill watch bf-1 looks at it again, bridge backfill cancel bf-1 ends it.\n',
    );
  });
});

describe('what is shown', () => {
  it('ends on a terminal with the figures that are final, where the bar was', async () => {
    const terminal = createFakeTerminal(80);
    const { ended } = await watch([at(9), at(4), DONE], { isTerminal: true, stdout: terminal.write });
    await ended;
    expect(terminal.rows().slice(0, 3)).toEqual([
      'Backfill bf-1 of all objects, mode missing',
      'Backfill bf-1: done',
      '  prefix        (all objects)',
    ]);
    expect(terminal.rows().join('\n')).not.toContain('[#');
  });

  it('is JSON lines alone for programs, on a terminal too', async () => {
    const { ended, printed } = await watch([at(9), DONE], { json: true, isTerminal: true });
    await ended;
    const lines = printed.stdout.trimEnd().split('\n');
    expect(lines.map(line => JSON.parse(line).state)).toEqual(['copying', 'done']);
  });

  it('is asked for by id, and `latest` is the newest', async () => {
    const list = json({ backfills: [aBody({ id: 'b new' })] });
    const stub = await startApiStub(list, DONE);
    const { io } = recordingIo({ environment: { API_TOKEN } });
    await watchBackfill(io, { id: 'latest', url: stub.url, clock: createHastyClock() });
    expect(stub.asked.map(({ line }) => line)).toEqual(['GET /backfill?limit=1', 'GET /backfill/b%20new']);
  });
});
