// What is due when: a binary heap. Nothing is taken out early; whoever takes an entry looks whether it still holds, and sweeps now and
// then.

interface Entry<T> {
  readonly at: number;
  readonly item: T;
}

export class Timetable<T> {
  #heap: Entry<T>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** Milliseconds since 1970 of the earliest entry. */
  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  add(at: number, item: T): void {
    const heap = this.#heap;
    let index = heap.length;
    const entry = { at, item };
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  /** Forgets the entries that no longer hold. */
  sweep(holds: (at: number, item: T) => boolean): void {
    const entries = this.#heap.filter(({ at, item }) => holds(at, item));
    this.#heap = [];
    for (const { at, item } of entries) this.add(at, item);
  }

  /** The earliest entry if it is due. */
  take(now: number): Entry<T> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > now) return undefined;
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      let smaller = left;
      if (right !== undefined && right.at < left.at) {
        smaller = right;
        child++;
      }
      if (smaller.at >= entry.at) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = entry;
  }
}
