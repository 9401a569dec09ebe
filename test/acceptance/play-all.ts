import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL } from '../../local/local-cloud.ts';
import { type MovingBridge, type MovingBridgeOptions, startMovingBridge } from './moving-bridge.ts';

export interface NamedPlay {
  readonly name: string;
  /** With a key of its own. */
  run(bridge: MovingBridge, key: string): Promise<void>;
}

/** Much of a case is waiting; memory bounds how many large ones there may be. */
const CONCURRENT_PLAYS = 12;
const TIMEOUT_MILLISECONDS = 120_000;

/** A test for each, all with one worker, several at a time. */
export function testPlays(name: string, plays: readonly NamedPlay[], options: MovingBridgeOptions = {}): void {
  describe(name, { timeout: TIMEOUT_MILLISECONDS }, () => {
    let bridge: MovingBridge | undefined;
    let results: ReadonlyMap<string, Promise<void>>;
    beforeAll(async () => {
      bridge = await startMovingBridge(options);
      results = playAll(bridge, plays);
    });
    afterAll(() => bridge?.close());

    test.each(plays.map(play => play.name))('%s', async playName => {
      await results.get(playName);
    });

    test('… and then no message is left, and no event was refused', async () => {
      await Promise.allSettled(results.values());
      const { sqs, failedEvents } = bridge?.cloud ?? {};
      const left = [LOCAL.liveQueue, LOCAL.backfillQueue].flatMap(queue => sqs?.peek(queue));
      expect({ left, failedEvents }).toEqual({ left: [], failedEvents: [] });
    });
  });
}

/** Begins them in their order. What each comes to is found by its name. */
function playAll(bridge: MovingBridge, plays: readonly NamedPlay[]): ReadonlyMap<string, Promise<void>> {
  const waiting: (() => void)[] = [];
  let running = 0;
  const runOne = async ({ run }: NamedPlay, index: number) => {
    if (running >= CONCURRENT_PLAYS) await new Promise<void>(resolve => waiting.push(resolve));
    else running++;
    try {
      await run(bridge, `play ${index}/object`);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
  const results = new Map<string, Promise<void>>();
  for (const [index, play] of plays.entries()) {
    const result = runOne(play, index);
    result.catch(() => undefined); // It is the test of that name that fails.
    results.set(play.name, result);
  }
  if (results.size < plays.length) throw new Error('Two plays have one name.');
  return results;
}
