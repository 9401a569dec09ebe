/** All that the sources have, in order, if each of them is. Begins with one item of each, at once; reads on only where it took one. */
export async function* mergeSorted<T>(
  sources: readonly AsyncIterable<T>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<T, void, undefined> {
  const iterators = sources.map(source => source[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map(iterator => iterator.next()));
  for (;;) {
    let least: number | undefined;
    let value: T | undefined;
    for (const [index, head] of heads.entries()) {
      if (head.done === true || (least !== undefined && value !== undefined && compare(head.value, value) >= 0))
        continue;
      least = index;
      value = head.value;
    }
    if (least === undefined || value === undefined) return;
    yield value;
    const next = await iterators[least]?.next();
    if (next !== undefined) heads[least] = next;
  }
}
