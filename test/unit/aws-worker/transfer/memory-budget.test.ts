import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMemoryBudget, type Lease, type MemoryKind } from '../../../../aws-worker/transfer/memory-budget.ts';

const never = new AbortController().signal;

/** A budget whose grants are seen in the order in which they come. */
function setUp(totalBytes = 100, reservedForSmallBytes = 20) {
  const budget = createMemoryBudget({ totalBytes, reservedForSmallBytes });
  const granted: string[] = [];
  const leases = new Map<string, Lease>();
  return {
    budget,
    granted,
    ask(name: string, bytes: number, kind: MemoryKind, signal = never): Promise<void> {
      return budget.acquire(bytes, { kind, signal }).then(lease => {
        granted.push(name);
        leases.set(name, lease);
      });
    },
    async release(name: string): Promise<void> {
      leases.get(name)?.release();
      await turn();
    },
  };
}

const turn = () => new Promise(resolve => setImmediate(resolve));

describe('acquire', () => {
  test('is granted at once while there is room, and waits when there is not', async () => {
    const { ask, granted, release, budget } = setUp();
    void ask('a', 60, 'small');
    void ask('b', 40, 'small');
    void ask('c', 1, 'small');
    await turn();
    expect(granted).toEqual(['a', 'b']);
    expect(budget).toMatchObject({ heldBytes: 100, waiting: 1 });
    await release('b');
    expect(granted).toEqual(['a', 'b', 'c']);
  });

  test('bulk leaves the share of small ones free', async () => {
    const { ask, granted } = setUp();
    void ask('bulk 1', 80, 'bulk');
    void ask('bulk 2', 1, 'bulk');
    void ask('small', 20, 'small');
    await turn();
    expect(granted).toEqual(['bulk 1', 'small']);
  });

  test('small ones may use all of it', async () => {
    const { ask, granted } = setUp();
    void ask('small', 100, 'small');
    await turn();
    expect(granted).toEqual(['small']);
  });

  test.each<[MemoryKind, number]>([
    ['small', 101],
    ['bulk', 81],
    ['bulk', 1_000],
  ])('%s of %d bytes is granted alone', async (kind, bytes) => {
    const { ask, granted, release } = setUp();
    void ask('first', 1, 'small');
    void ask('huge', bytes, kind);
    void ask('later', 1, kind === 'small' ? 'bulk' : 'small');
    await turn();
    expect(granted).toEqual(['first']);
    await release('first');
    expect(granted[1]).toBe('huge');
    await release('huge');
    expect(granted).toEqual(['first', 'huge', 'later']);
  });

  test('goes by turns within a kind: a smaller request does not overtake', async () => {
    const { ask, granted, release } = setUp();
    void ask('first', 50, 'bulk');
    void ask('second', 60, 'bulk');
    void ask('third', 10, 'bulk');
    await turn();
    expect(granted).toEqual(['first']);
    await release('first');
    expect(granted).toEqual(['first', 'second', 'third']);
  });

  test('a stream of small ones does not starve bulk', async () => {
    const { ask, granted, release } = setUp();
    for (const name of ['s0', 's1', 's2', 's3', 's4']) void ask(name, 20, 'small');
    void ask('bulk', 60, 'bulk');
    for (let index = 5; index < 12; index += 1) void ask(`s${index}`, 20, 'small');
    await turn();
    for (const name of ['s0', 's1', 's2', 's3', 's4']) await release(name);
    expect(granted).toContain('bulk');
  });

  test('gives back what was waiting when its signal aborts, and lets the next one in', async () => {
    const { ask, granted, budget } = setUp();
    void ask('first', 70, 'bulk');
    const giveUp = new AbortController();
    const refused = ask('second', 60, 'bulk', giveUp.signal);
    void ask('third', 10, 'bulk');
    await turn();
    giveUp.abort();
    await expect(refused).rejects.toMatchObject({ kind: 'cancelled' });
    await turn();
    expect(granted).toEqual(['first', 'third']);
    expect(budget).toMatchObject({ heldBytes: 80, waiting: 0 });
  });

  test('holds nothing for a signal that was aborted before', async () => {
    const { ask, budget } = setUp();
    await expect(ask('late', 1, 'small', AbortSignal.abort())).rejects.toMatchObject({ kind: 'cancelled' });
    expect(budget).toMatchObject({ heldBytes: 0, waiting: 0 });
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d bytes', async bytes => {
    await expect(setUp().ask('odd', bytes, 'small')).rejects.toMatchObject({ code: 'invalid-lease' });
  });
});

test('release counts once', async () => {
  const { ask, release, budget } = setUp();
  await ask('a', 30, 'small');
  await ask('b', 30, 'small');
  await release('a');
  await release('a');
  expect(budget.heldBytes).toBe(30);
});

test('whatever comes in whatever order: never over the total, bulk never in the reserve, everybody is served', async () => {
  const request = fc.record({
    bytes: fc.integer({ min: 0, max: 80 }),
    kind: fc.constantFrom<MemoryKind>('small', 'bulk'),
    isCancelled: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 40 }), fc.infiniteStream(fc.nat()), async (requests, random) => {
      const budget = createMemoryBudget({ totalBytes: 100, reservedForSmallBytes: 20 });
      const holding: { lease: Lease; kind: MemoryKind }[] = [];
      let served = 0;
      for (const { bytes, kind, isCancelled } of requests) {
        const stop = new AbortController();
        void budget.acquire(bytes, { kind, signal: stop.signal }).then(
          lease => {
            served += 1;
            holding.push({ lease, kind });
          },
          () => {
            served += 1;
          },
        );
        if (isCancelled) stop.abort();
      }
      for (let step = 0; step <= requests.length; step += 1) {
        await Promise.resolve();
        await turn();
        const bulk = holding.filter(held => held.kind === 'bulk').reduce((sum, held) => sum + held.lease.bytes, 0);
        expect(budget.heldBytes).toBeLessThanOrEqual(100);
        expect(bulk).toBeLessThanOrEqual(80);
        const [ended] = holding.splice(random.next().value % Math.max(1, holding.length), 1);
        ended?.lease.release();
      }
      expect(served).toBe(requests.length);
      expect(budget).toMatchObject({ heldBytes: 0, waiting: 0 });
    }),
    { numRuns: 100 },
  );
});
