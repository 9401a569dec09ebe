import { describe, expect, it } from 'vitest';
import { FaultEngine } from '../../../../local/faults/fault-engine.ts';
import type { FaultRule } from '../../../../local/faults/fault-rule.ts';
import type { FaultRequest } from '../../../../local/faults/match-rule.ts';

const GET: FaultRequest = { service: 'oss', operation: 'GetObject', key: 'k' };
const rule = (changes: Partial<FaultRule> = {}): FaultRule => ({ service: 'oss', fault: { kind: 'gzip' }, ...changes });

/** `x` for each of so many requests that was struck. */
function pattern(engine: FaultEngine, requests: number): string {
  return Array.from({ length: requests }, () => (engine.strike(GET, () => true).length > 0 ? 'x' : '.')).join('');
}

function patternOf(changes: Partial<FaultRule>, requests: number): string {
  const engine = new FaultEngine();
  engine.add(rule(changes));
  return pattern(engine, requests);
}

describe('a rule strikes', () => {
  it.each([
    [{}, 'xxxxxx'],
    [{ skip: 2 }, '..xxxx'],
    [{ times: 2 }, 'xx....'],
    [{ skip: 1, times: 3 }, '.xxx..'],
    [{ probability: 0 }, '......'],
    [{ probability: 1 }, 'xxxxxx'],
    [{ operation: 'PutObject' }, '......'],
  ])('with %o: %s', (changes, struck) => {
    expect(patternOf(changes, struck.length)).toBe(struck);
  });

  it('by its probability, the same ones for the same seed', () => {
    const struck = patternOf({ probability: 0.3, seed: 5 }, 1000);
    expect(patternOf({ probability: 0.3, seed: 5 }, 1000)).toBe(struck);
    expect(patternOf({ probability: 0.3, seed: 6 }, 1000)).not.toBe(struck);
    expect(struck.replaceAll('.', '').length).toBeGreaterThan(250);
    expect(struck.replaceAll('.', '').length).toBeLessThan(350);
  });

  it('so many times by its probability, not so many tries', () => {
    const struck = patternOf({ probability: 0.5, times: 3 }, 100);
    expect(struck.replaceAll('.', '')).toBe('xxx');
    expect(struck.indexOf('.')).toBeLessThan(struck.lastIndexOf('x'));
  });
});

describe('the engine', () => {
  it('tells of each rule what it met, in the order of adding', () => {
    const engine = new FaultEngine();
    const first = engine.add(rule({ skip: 1 }));
    const second = engine.add(rule({ operation: 'PutObject' }));
    pattern(engine, 3);
    expect(engine.list()).toEqual([
      { id: first, ...rule({ skip: 1 }), matched: 3, struck: 2 },
      { id: second, ...rule({ operation: 'PutObject' }), matched: 0, struck: 0 },
    ]);
    expect(engine.find(second)).toEqual(engine.list()[1]);
  });

  it('asks no rule behind one that answers itself', () => {
    const engine = new FaultEngine();
    engine.add(rule());
    engine.add(rule({ fault: { kind: 'status', status: 500 }, times: 1 }));
    engine.add(rule({ fault: { kind: 'stall' } }));
    const kinds = () => engine.strike(GET, () => true).map(({ fault }) => fault.kind);
    expect(kinds()).toEqual(['gzip', 'status']);
    expect(kinds()).toEqual(['gzip', 'stall']);
  });

  it('counts only the kinds that it was asked for', () => {
    const engine = new FaultEngine();
    engine.add(rule());
    expect(engine.strike(GET, kind => kind === 'stall')).toEqual([]);
    expect(engine.list()).toMatchObject([{ matched: 0 }]);
  });

  it('heals what a removed rule is doing, and forgets the rule', () => {
    const engine = new FaultEngine();
    const id = engine.add(rule());
    const [strike] = engine.strike(GET, () => true);
    expect([strike?.healed.aborted, engine.hasRules]).toEqual([false, true]);
    expect([engine.remove(id), engine.remove(id)]).toEqual([true, false]);
    expect([strike?.healed.aborted, engine.hasRules]).toEqual([true, false]);
    expect(engine.find(id)).toBeUndefined();
  });

  it('heals all when it is cleared, and takes no more when it is closed', () => {
    const engine = new FaultEngine();
    engine.add(rule());
    engine.add(rule());
    const strikes = engine.strike(GET, () => true);
    engine.clear();
    expect(strikes.map(({ healed }) => healed.aborted)).toEqual([true, true]);
    expect(engine.list()).toEqual([]);
    expect(engine.add(rule())).not.toBe('fault-1');
    engine.close();
    expect(engine.list()).toEqual([]);
    expect(() => engine.add(rule())).toThrow('closed');
  });

  it.each([
    [{ service: 'ledger', fault: { kind: 'lock', milliseconds: 1 } }, 'ledgerPath is required'],
    [{ service: 'ledger', ledgerPath: '/nowhere/x', fault: { kind: 'lock', milliseconds: 1 } }, 'is not there'],
    [{ service: 'sqs', key: 'x', fault: { kind: 'gzip' } }, 'key is of oss and s3 alone'],
  ] as const)('refuses %o: %s', (bad, words) => {
    const engine = new FaultEngine();
    expect(() => engine.add(bad)).toThrow(expect.objectContaining({ message: expect.stringContaining(words) }));
    expect(engine.hasRules).toBe(false);
  });
});
