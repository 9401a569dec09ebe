// First in, first out. (A Set walks over all that was deleted from its front; an array's shift moves all that is behind.)

const COMPACT_AFTER = 1024;

export class Line<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Makes another one the first: of all that wait, the one at `fraction` (from 0 to below 1). */
  bringForward(fraction: number): void {
    const index = this.#head + Math.floor(fraction * (this.#items.length - this.#head));
    const first = this.#items[this.#head];
    this.#items[this.#head] = this.#items[index];
    this.#items[index] = first;
  }

  /** Takes the first away. */
  shift(): void {
    if (this.#head >= this.#items.length) return;
    this.#items[this.#head++] = undefined;
    if (this.#head < COMPACT_AFTER || this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
