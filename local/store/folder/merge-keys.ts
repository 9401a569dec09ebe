import { compareUtf8 } from '../../../shared/utf8-order.ts';

/** Two ascending sequences of keys as one, each key once. */
export async function* mergeKeys(left: AsyncIterable<string>, right: readonly string[]): AsyncGenerator<string> {
  let index = 0;
  for await (const key of left) {
    for (; index < right.length; index++) {
      const other = right[index] ?? '';
      const order = compareUtf8(other, key);
      if (order > 0) break;
      if (order < 0) yield other;
    }
    yield key;
  }
  yield* right.slice(index);
}
