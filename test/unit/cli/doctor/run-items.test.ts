import { describe, expect, it, vi } from 'vitest';
import type { DoctorContext } from '../../../../cli/doctor/doctor-context.ts';
import type { DoctorItem } from '../../../../cli/doctor/doctor-item.ts';
import { type Finding, ok, problem, skipped } from '../../../../cli/doctor/finding.ts';
import { type ItemResult, runItems } from '../../../../cli/doctor/run-items.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';

type Run = DoctorItem['run'];

function item(id: string, needs: readonly string[], run: Run | Finding, limitSeconds?: number): DoctorItem {
  return {
    ...{ id, area: 'OSS', title: id, needs },
    ...(limitSeconds === undefined ? {} : { limitSeconds }),
    run: typeof run === 'function' ? run : async () => run,
  };
}

async function runAll(items: readonly DoctorItem[], signal = new AbortController().signal) {
  const told: string[] = [];
  const results = await runItems(items, {
    context: {} as DoctorContext,
    signal,
    known: [],
    onResult: ({ item: { id } }: ItemResult) => told.push(id),
  });
  expect(told).toEqual(items.map(({ id }) => id));
  return new Map(results.map(result => [result.item.id, result]));
}

/** Ends only when told to stop, as requests do. */
const untilAborted: Run = (_context, signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('items', () => {
  it('run at the same time where they do not need one another, and are told in order', async () => {
    const order: string[] = [];
    let release = () => {};
    const first = item('first', [], async () => {
      await new Promise<void>(resolve => {
        release = resolve;
      });
      order.push('first');
      return ok('.');
    });
    const second = item('second', [], async () => {
      order.push('second');
      release();
      return ok('.');
    });
    await runAll([first, second]);
    expect(order).toEqual(['second', 'first']);
  });

  it('are skipped for what they need, by the name of the first that failed', async () => {
    const run = vi.fn(async () => ok('.'));
    const results = await runAll([
      item('a', [], problem('broken')),
      item('b', ['a'], run),
      item('c', ['b'], run),
      item('d', [], run),
    ]);
    expect(run).toHaveBeenCalledTimes(1);
    expect(results.get('c')).toMatchObject({ because: 'a', finding: { status: 'skipped' } });
  });

  it('run after one that had nothing to look at', async () => {
    const results = await runAll([item('a', [], skipped('nothing')), item('b', ['a'], ok('fine'))]);
    expect(results.get('b')?.finding.status).toBe('ok');
  });

  it.each([
    [
      'a failure of ours, with its further lines as advice',
      new BridgeError({
        kind: 'permanent',
        code: 'no-dead-letter-queue',
        message: 'Has none.\n  aws sqs create-queue',
      }),
      { status: 'problem', text: 'Has none.', code: 'no-dead-letter-queue', advice: ['aws sqs create-queue'] },
    ],
    [
      'a bug',
      new TypeError('x is not a function'),
      { status: 'problem', text: expect.stringContaining('please report'), code: 'unforeseen' },
    ],
  ])('that throw %s have a problem', async (_, error, finding) => {
    const results = await runAll([item('a', [], () => Promise.reject(error)), item('b', [], ok('fine'))]);
    expect(results.get('a')?.finding).toMatchObject(finding);
    expect(results.get('b')?.finding.status).toBe('ok');
  });

  it('that do not end have a problem when their time is over', async () => {
    const results = await runAll([item('a', [], untilAborted, 0.05)]);
    expect(results.get('a')?.finding).toMatchObject({ status: 'problem', code: 'timed-out' });
  });

  it('may tidy up after the end of their time, and are left behind when they do not end even then', async () => {
    vi.useFakeTimers();
    try {
      const controller = new AbortController();
      let isTidy = false;
      const tidies = item('tidies', [], async (_context, signal) => {
        await new Promise(resolve => signal.addEventListener('abort', resolve));
        await new Promise(resolve => setTimeout(resolve, 5_000));
        isTidy = true;
        throw signal.reason;
      });
      const hangs = item('hangs', [], () => new Promise<Finding>(() => {}));
      const running = runAll([tidies, hangs], controller.signal);
      await vi.advanceTimersByTimeAsync(1);
      controller.abort();
      await vi.advanceTimersByTimeAsync(30_000);
      const results = await running;
      expect(isTidy).toBe(true);
      expect([...results.values()].map(({ finding }) => finding.text)).toEqual(['Interrupted.', 'Interrupted.']);
    } finally {
      vi.useRealTimers();
    }
  });
});
