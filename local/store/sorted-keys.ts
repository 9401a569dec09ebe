// Keys in the order of their UTF-8 bytes, cheap to add to and to take from: a sorted list of sorted blocks. A change moves at most one
// block's keys, so 1,000,000 keys need no rebuilding and no tree.

import { compareUtf8 } from '../../shared/utf8-order.ts';

const MAX_BLOCK_KEYS = 1024;

export class SortedKeys implements Iterable<string> {
  /** Ascending, none of them empty. */
  readonly #blocks: string[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** False when it was there already. */
  add(key: string): boolean {
    const last = this.#blocks.length - 1;
    // A key above all others goes to the end of the last block.
    const at = Math.min(this.#blockOf(key), last);
    const block = this.#blocks[at];
    if (block === undefined) {
      this.#blocks.push([key]);
      this.#size = 1;
      return true;
    }
    const index = firstAtLeast(block, key);
    if (block[index] === key) return false;
    block.splice(index, 0, key);
    this.#size++;
    if (block.length > MAX_BLOCK_KEYS) {
      // Keys mostly come in ascending order; then the full block stays full and only the tail moves on.
      const keep = at === last && index === block.length - 1 ? MAX_BLOCK_KEYS : MAX_BLOCK_KEYS / 2;
      this.#blocks.splice(at + 1, 0, block.splice(keep));
    }
    return true;
  }

  /** False when it wasn't there. */
  delete(key: string): boolean {
    const at = this.#blockOf(key);
    const block = this.#blocks[at];
    if (block === undefined) return false;
    const index = firstAtLeast(block, key);
    if (block[index] !== key) return false;
    block.splice(index, 1);
    this.#size--;
    if (block.length === 0) this.#blocks.splice(at, 1);
    return true;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.from('');
  }

  /** Keys >= `key`, ascending. Not to be changed while it is read. */
  *from(key: string): Generator<string> {
    for (let at = this.#blockOf(key), isFirst = true; at < this.#blocks.length; at++, isFirst = false) {
      const block = this.#blocks[at] ?? [];
      for (let index = isFirst ? firstAtLeast(block, key) : 0; index < block.length; index++) yield block[index] ?? '';
    }
  }

  /** Keys > `startAfter` with the prefix, ascending, at most `limit`: what a listing answers. */
  list(options: { prefix: string; startAfter: string; limit: number }): string[] {
    const { prefix, startAfter, limit } = options;
    const start = compareUtf8(startAfter, prefix) < 0 ? prefix : startAfter;
    const keys: string[] = [];
    if (limit <= 0) return keys;
    for (const key of this.from(start)) {
      if (!key.startsWith(prefix)) break;
      if (key === startAfter) continue;
      keys.push(key);
      if (keys.length >= limit) break;
    }
    return keys;
  }

  /** The first block whose last key is >= `key`; the number of blocks when there is none. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareUtf8(this.#blocks[middle]?.at(-1) ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The index of the first key >= `key`; the length when there is none. */
export function firstAtLeast(block: readonly string[], key: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(block[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
