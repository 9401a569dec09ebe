import { describe, expect, it } from 'vitest';
import { untilShown } from '../../../../cli/init/settle.ts';

const signal = new AbortController().signal;

describe('waiting until a cloud shows something', () => {
  it('ends with what was seen', async () => {
    let looks = 0;
    const look = async () => (++looks === 3 ? { seen: 'there', isSettled: true } : undefined);
    const patience = { everyMilliseconds: 1, atMostMilliseconds: 5_000 };
    expect(await untilShown('queue', look, { patience, signal })).toBe('there');
    expect(looks).toBe(3);
  });

  it('looks at least once, and has a bound', async () => {
    const patience = { everyMilliseconds: 1, atMostMilliseconds: 0 };
    await expect(untilShown('queue x', async () => undefined, { patience, signal })).rejects.toMatchObject({
      kind: 'retryable',
      code: 'not-shown-yet',
      message: expect.stringContaining('the queue x'),
    });
    const settled = async () => ({ seen: 1, isSettled: true });
    expect(await untilShown('queue', settled, { patience, signal })).toBe(1);
  });

  it('that never settles ends with what was seen last', async () => {
    const patience = { everyMilliseconds: 1, atMostMilliseconds: 10 };
    let looks = 0;
    const look = async () => ({ seen: ++looks, isSettled: false });
    expect(await untilShown('queue', look, { patience, signal })).toBe(looks);
    expect(looks).toBeGreaterThan(1);
  });

  it('ends when it is stopped', async () => {
    const stop = new AbortController();
    const patience = { everyMilliseconds: 60_000, atMostMilliseconds: 60_000 };
    const waiting = untilShown('queue', async () => undefined, { patience, signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('passes a failure on', async () => {
    const patience = { everyMilliseconds: 1, atMostMilliseconds: 1 };
    const look = () => Promise.reject(new Error('no'));
    await expect(untilShown('queue', look, { patience, signal })).rejects.toThrow('no');
  });
});
