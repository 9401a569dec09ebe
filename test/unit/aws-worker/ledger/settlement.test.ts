import { describe, expect, test } from 'vitest';
import type { SettledObject } from '../../../../aws-worker/ledger/ledger.ts';
import { settlementOf } from '../../../../aws-worker/ledger/settlement.ts';

const copied = (key: string, sizeBytes = 10): SettledObject => ({ key, kind: 'copied', sizeBytes });
const owed = (key: string, sizeBytes = 10) => ({ key, sizeBytes });

describe('settlementOf', () => {
  test.each([
    ['what the lister saw', 2, 20, [copied('a')], [owed('b')], { objects: 0, bytes: 0 }, { copied: 1 }],
    ['nothing of nothing', 0, 0, [], [], { objects: 0, bytes: 0 }, {}],
    ['keys that are gone', 3, 30, [copied('a')], [], { objects: 0, bytes: -20 }, { copied: 1, 'source-missing': 2 }],
    ['keys that are new', 1, 10, [copied('a'), copied('b')], [owed('c')], { objects: 2, bytes: 20 }, { copied: 2 }],
    ['an object that grew', 1, 10, [copied('a', 15)], [], { objects: 0, bytes: 5 }, { copied: 1 }],
    ['a key that is named twice', 1, 10, [copied('a'), copied('a')], [], { objects: 0, bytes: 0 }, { copied: 1 }],
    ['a key settled and owed', 1, 10, [copied('a')], [owed('a'), owed('a')], { objects: 0, bytes: 0 }, { copied: 1 }],
  ])('counts %s', (_, objects, bytes, settled, owedKeys, foundChange, outcomes) => {
    const settlement = settlementOf({ objects, bytes }, { settled, owed: owedKeys });
    expect(settlement.foundChange).toEqual(foundChange);
    const counted = Object.entries(settlement.outcomes).map(([kind, counts]) => [kind, counts.objects]);
    expect(Object.fromEntries(counted)).toEqual(outcomes);
  });

  test('names what failed and what is owed, each key once', () => {
    const failed: SettledObject = { key: 'a', kind: 'failed', sizeBytes: 1, code: 'denied', reason: 'Not allowed.' };
    const settlement = settlementOf(
      { objects: 3, bytes: 3 },
      { settled: [failed, copied('b')], owed: [owed('c', 1), owed('c', 2), owed('b')] },
    );
    expect(settlement.failed).toEqual([failed]);
    expect(settlement.owed).toEqual([owed('c', 1)]);
  });
});
