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

  /** Takes the first away. */
  shift(): void {
    if (this.#head >= this.#items.length) return;
    this.#items[this.#head++] = undefined;
    if (this.#head < COMPACT_AFTER || this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
