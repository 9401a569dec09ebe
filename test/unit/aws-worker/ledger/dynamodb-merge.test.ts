import { expect, test } from 'vitest';
import { mergeSorted } from '../../../../aws-worker/ledger/dynamodb-merge.ts';
import { compareUtf8 } from '../../../../shared/utf8-order.ts';

async function* sourceOf(values: readonly string[], read: string[] = []) {
  for (const value of values) {
    read.push(value);
    yield value;
  }
}

async function all<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

test.each([
  [[], []],
  [[[], []], []],
  [
    [['b'], ['a', 'c'], []],
    ['a', 'b', 'c'],
  ],
  [
    [['\u{1f600}'], ['\uff5e']],
    ['\uff5e', '\u{1f600}'],
  ],
  [
    [['a', 'a'], ['a']],
    ['a', 'a', 'a'],
  ],
])('%j in order is %j', async (sources, merged) => {
  expect(
    await all(
      mergeSorted(
        sources.map(source => sourceOf(source)),
        compareUtf8,
      ),
    ),
  ).toEqual(merged);
});

test('reads one value of each source, then only where it took one', async () => {
  const read: string[] = [];
  const merged = mergeSorted([sourceOf(['a', 'b', 'x', 'y'], read), sourceOf(['m', 'n'], read)], compareUtf8);
  expect([(await merged.next()).value, (await merged.next()).value]).toEqual(['a', 'b']);
  await merged.return(undefined);
  expect(read).toEqual(['a', 'm', 'b']);
});
