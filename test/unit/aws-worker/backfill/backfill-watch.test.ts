import { describe, expect, test } from 'vitest';
import { createBackfillWatch } from '../../../../aws-worker/backfill/backfill-watch.ts';
import type { BackfillStatus, DebtId } from '../../../../aws-worker/ledger/ledger.ts';
import { cancelledBy } from '../../../../shared/bridge-error.ts';
import { createRecordingLog } from '../../../fakes/recording-log.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';
import { error, SIGNAL } from './backfill-fixture.ts';

const ID = 'bf-1';

function watching() {
  const clock = createVirtualClock();
  const { log, lines } = createRecordingLog();
  const statuses = new Map<string, BackfillStatus>();
  const asked: string[] = [];
  const touched: DebtId[] = [];
  let touch = async (debt: DebtId) => void touched.push(debt);
  let answer: (id: string) => Promise<BackfillStatus | undefined> = async id => statuses.get(id);
  const watch = createBackfillWatch({
    clock,
    log,
    ledger: {
      statusOf: async id => {
        asked.push(id);
        return await answer(id);
      },
      touchDebt: debt => touch(debt),
    },
  });
  /** Work that ends only when it is stopped, with whatever it is told to end with. */
  const work = (id = ID, signal = SIGNAL, ending?: Error) => {
    const result = watch.during({ backfill: id, batch: 'one' }, signal, async inner => {
      await clock.wait(3_600_000, inner).catch(() => undefined);
      if (inner.aborted) throw ending ?? cancelledBy(inner);
      return 'ended';
    });
    result.catch(() => undefined); // looked at later
    return result;
  };
  const answerWith = (next: typeof answer) => {
    answer = next;
  };
  const touchWith = (next: typeof touch) => {
    touch = next;
  };
  return { clock, lines, statuses, asked, touched, watch, work, answerWith, touchWith };
}

describe('work', () => {
  test.each(['paused', 'cancelled'] as const)('is stopped within two seconds when its backfill is %s', async status => {
    const { clock, statuses, work } = watching();
    const stopped = work();
    await clock.advance(60_000);
    statuses.set(ID, status);
    await clock.advance(2_000);
    await expect(stopped).rejects.toMatchObject({ kind: 'cancelled', code: `backfill-${status}` });
  });

  test.each(['running', 'done', undefined] as const)('goes on while its backfill is %s', async status => {
    const { clock, statuses, work } = watching();
    if (status !== undefined) statuses.set(ID, status);
    const ended = work();
    await clock.advance(3_600_000);
    expect(await ended).toBe('ended');
  });

  test('of another backfill goes on', async () => {
    const { clock, statuses, work } = watching();
    statuses.set(ID, 'paused');
    const other = work('bf-2');
    const stopped = work();
    await clock.advance(3_600_000);
    await expect(stopped).rejects.toMatchObject({ code: 'backfill-paused' });
    expect(await other).toBe('ended');
  });

  test('that began after the status was asked for is not stopped by the answer: it may be of a backfill that was resumed', async () => {
    const { clock, work, answerWith } = watching();
    let answerLate: (status: BackfillStatus) => void = () => undefined;
    answerWith(
      () =>
        new Promise(resolve => {
          answerLate = resolve;
        }),
    );
    const first = work();
    await clock.advance(2_000);
    const second = work();
    answerWith(async () => 'running');
    answerLate('paused');
    await expect(first).rejects.toMatchObject({ code: 'backfill-paused' });
    await clock.advance(3_600_000);
    expect(await second).toBe('ended');
  });

  test('says that it was stopped, whatever broken request it ended with; a bug stays a bug', async () => {
    const { clock, statuses, work } = watching();
    statuses.set(ID, 'cancelled');
    const broken = work(ID, SIGNAL, error('destination-unknown'));
    const bug = work(ID, SIGNAL, new TypeError('a bug'));
    await clock.advance(2_000);
    await expect(broken).rejects.toMatchObject({ code: 'backfill-cancelled' });
    await expect(bug).rejects.toThrow('a bug');
  });

  test('is stopped by its own signal as well, and that is what it says', async () => {
    const { clock, statuses, work } = watching();
    const stop = new AbortController();
    const stopped = work(ID, stop.signal);
    stop.abort(error('receipt-lost', 'cancelled'));
    await expect(stopped).rejects.toMatchObject({ code: 'receipt-lost' });
    statuses.set(ID, 'paused');
    const never = work(ID, AbortSignal.abort(error('worker-stopping', 'cancelled')));
    await clock.advance(2_000);
    await expect(never).rejects.toMatchObject({ code: 'worker-stopping' });
  });
});

describe('looks at the status', () => {
  test('are one for each backfill every two seconds, however much work it has', async () => {
    const { clock, asked, work } = watching();
    for (let count = 0; count < 5; count++) void work();
    void work('bf-2');
    await clock.advance(10_000);
    expect(asked.filter(id => id === ID)).toHaveLength(5);
    expect(asked.filter(id => id === 'bf-2')).toHaveLength(5);
  });

  test('are none for short work, and end with the last work', async () => {
    const { clock, asked, watch } = watching();
    expect(await watch.during({ backfill: ID, batch: 'one' }, SIGNAL, async () => 'short')).toBe('short');
    await clock.advance(60_000);
    expect(asked).toEqual([]);
  });

  test('that fail stop nothing and are taken again', async () => {
    const { clock, lines, work, answerWith } = watching();
    answerWith(() => Promise.reject(error('ledger-busy')));
    const stopped = work();
    await clock.advance(4_000);
    expect(lines('warn')).toHaveLength(2);
    answerWith(async () => 'paused');
    await clock.advance(2_000);
    await expect(stopped).rejects.toMatchObject({ code: 'backfill-paused' });
  });
});

describe('a debt that is worked on', () => {
  const DEBT = { backfill: ID, batch: 'one' };

  test('is touched every minute until its work ends', async () => {
    const { clock, touched, work } = watching();
    const ended = work();
    await clock.advance(59_000);
    expect(touched).toEqual([]);
    await clock.advance(10 * 60_000);
    expect(touched.length).toBeGreaterThanOrEqual(9);
    expect(touched).toEqual(touched.map(() => DEBT));
    await clock.advance(3_600_000);
    await ended;
    const { length } = touched;
    await clock.advance(3_600_000);
    expect(touched).toHaveLength(length);
  });

  test('is not touched once its backfill is paused: it is not to look sent', async () => {
    const { clock, statuses, touched, work } = watching();
    const stopped = work();
    statuses.set(ID, 'paused');
    await clock.advance(120_000);
    await expect(stopped).rejects.toMatchObject({ code: 'backfill-paused' });
    expect(touched).toEqual([]);
  });

  test('is worked on although the ledger could not be told, and it is told a minute later', async () => {
    const { clock, lines, touched, work, touchWith } = watching();
    const ended = work();
    touchWith(() => Promise.reject(error('ledger-busy')));
    await clock.advance(62_000);
    expect(lines('warn')).toHaveLength(1);
    touchWith(async debt => void touched.push(debt));
    await clock.advance(62_000);
    expect(touched).toEqual([DEBT]);
    await clock.advance(3_600_000);
    expect(await ended).toBe('ended');
  });
});
