// One random schedule of the counting protocol. A worker is a generator: each `yield` is a point where it may crash or others may go on.

import type { BatchRow, Ledger, OwedObject, SettledObject } from '../../aws-worker/ledger/ledger.ts';
import type { TestClock } from './ledger-fixture.ts';

const PAGE_KEYS = 4;
const BATCH_KEYS = 2;
const ALL_KEYS = Array.from({ length: 30 }, (_, index) => `key-${String(index).padStart(2, '0')}`);
const MAX_STEPS = 5000;

type Body =
  | { readonly kind: 'range'; readonly range: string }
  | { readonly kind: 'batch'; readonly row: BatchRow; readonly keys: readonly string[] | undefined }
  | { readonly kind: 'object'; readonly object: OwedObject };

interface QueuedMessage {
  readonly body: Body;
  isInFlight: boolean;
}

interface Worker {
  readonly ledger: Ledger;
  message: QueuedMessage | undefined;
  work: AsyncGenerator<void, 'delete' | 'release'> | undefined;
}

export class ProtocolRun {
  /** How often each key was counted with an outcome of its own. */
  readonly settlements = new Map<string, number>();
  /** In the source from the beginning to the end. */
  keysNeverTouched: readonly string[];
  readonly #random: () => number;
  readonly #clock: TestClock;
  readonly #source: Set<string>;
  readonly #workers: readonly Worker[];
  #queue: QueuedMessage[] = [];
  #backfill = '';
  #nextBatch = 0;
  #changesLeft = 6;

  constructor(options: { readonly ledgers: readonly Ledger[]; readonly clock: TestClock; readonly seed: number }) {
    this.#random = randomFrom(options.seed);
    this.#clock = options.clock;
    this.#source = new Set(ALL_KEYS.filter(() => this.#chance(0.6)));
    this.keysNeverTouched = [...this.#source];
    this.#workers = options.ledgers.map(ledger => ({ ledger, message: undefined, work: undefined }));
  }

  /** The backfill's id. @throws when it is not done after MAX_STEPS */
  async toItsEnd(): Promise<string> {
    const ledger = this.#anyWorker().ledger;
    const { backfill, range } = await ledger.startBackfill({
      request: { prefix: '', mode: 'all' },
      force: false,
      idempotencyKey: undefined,
    });
    this.#backfill = backfill.id;
    this.#send({ kind: 'range', range });
    for (let step = 0; step < MAX_STEPS; step++) {
      if (await this.#step()) return backfill.id;
    }
    throw new Error(`Not done after ${MAX_STEPS} steps.`);
  }

  /** True when the backfill is done. */
  async #step(): Promise<boolean> {
    const waiting = this.#queue.filter(message => !message.isInFlight);
    const worker = this.#anyWorker();
    if (this.#chance(0.02)) this.#changeSource();
    if (this.#chance(0.01)) this.#lose(this.#pick(waiting));
    if (this.#chance(0.02) && worker.message) worker.message.isInFlight = false;
    if (this.#chance(0.03)) this.#stop(worker);
    if (worker.work !== undefined) await this.#goOn(worker);
    else if (waiting.length > 0) this.#receive(worker, this.#pick(waiting));
    else if (this.#workers.every(each => each.work === undefined)) {
      if (await worker.ledger.completeIfPaid(this.#backfill)) return true;
      await this.#sweep(worker.ledger);
    }
    // Asked at any moment: it must never be true early. What is counted after it would show in the end.
    return this.#chance(0.1) && (await worker.ledger.completeIfPaid(this.#backfill));
  }

  /** Expired, purged or dead-lettered. */
  #lose(lost: QueuedMessage | undefined): void {
    this.#queue = this.#queue.filter(message => message !== lost);
  }

  #receive(worker: Worker, message: QueuedMessage | undefined): void {
    if (message === undefined) return;
    message.isInFlight = true;
    worker.message = message;
    worker.work = this.#handle(worker.ledger, message.body);
  }

  async #goOn(worker: Worker): Promise<void> {
    const next = await worker.work?.next();
    if (next?.done !== true) return;
    if (next.value === 'delete') this.#queue = this.#queue.filter(message => message !== worker.message);
    this.#stop(worker);
  }

  /** A crash, or the end: what isn't deleted becomes visible again. */
  #stop(worker: Worker): void {
    if (worker.message) worker.message.isInFlight = false;
    worker.message = undefined;
    worker.work = undefined;
  }

  #handle(ledger: Ledger, body: Body): AsyncGenerator<void, 'delete' | 'release'> {
    if (body.kind === 'range') return this.#list(ledger, body.range);
    if (body.kind === 'batch') return this.#settleBatch(ledger, body.row, body.keys);
    return this.#settleObject(ledger, body.object);
  }

  async *#list(ledger: Ledger, range: string): AsyncGenerator<void, 'delete' | 'release'> {
    const keysOf = new Map<string, readonly string[]>();
    for (;;) {
      const row = await ledger.findRange({ backfill: this.#backfill, range });
      if (row === undefined) return 'delete';
      yield;
      for (const batch of row.unsent.batches) {
        this.#send({ kind: 'batch', row: batch, keys: keysOf.get(batch.batch) });
        yield;
      }
      await ledger.markSent(row);
      yield;
      const page = this.#keysIn(row.cursor, '').slice(0, PAGE_KEYS);
      yield;
      const last = page.at(-1);
      if (last === undefined) {
        await ledger.closeRange(row);
        yield;
        continue;
      }
      const middle = page[BATCH_KEYS - 1] ?? last;
      const batches = [
        { from: row.cursor, to: middle, keys: page.slice(0, BATCH_KEYS) },
        { from: middle, to: last, keys: page.slice(BATCH_KEYS) },
      ].filter(batch => batch.keys.length > 0);
      const made = batches.map(batch => ({ ...batch, batch: `batch-${this.#nextBatch++}` }));
      const found = (keys: readonly string[]) => ({ objects: keys.length, bytes: keys.length });
      await ledger.checkpointRange({
        ...row,
        cursor: last,
        batches: made.map(({ batch, from, to, keys }) => ({ batch, from, to, found: found(keys) })),
      });
      for (const { batch, keys } of made) keysOf.set(batch, keys);
      yield;
    }
  }

  async *#settleBatch(
    ledger: Ledger,
    row: BatchRow,
    keys: readonly string[] | undefined,
  ): AsyncGenerator<void, 'delete' | 'release'> {
    if ((await ledger.findBatch(row)) !== undefined) {
      yield;
      const settled: SettledObject[] = [];
      const owed: { readonly key: string; readonly sizeBytes: number }[] = [];
      for (const key of keys ?? this.#keysIn(row.from, row.to)) {
        if (this.#chance(0.7)) settled.push({ key, kind: 'copied', sizeBytes: 1 });
        else owed.push({ key, sizeBytes: 1 });
        yield;
      }
      const result = await ledger.settleBatch({ backfill: row.backfill, batch: row.batch, settled, owed });
      if (result === 'settled') for (const { key } of settled) this.#count(key);
      yield;
    }
    for (const object of await ledger.owedObjectsOf(row)) {
      this.#send({ kind: 'object', object });
      yield;
    }
    return 'delete';
  }

  async *#settleObject(ledger: Ledger, object: OwedObject): AsyncGenerator<void, 'delete' | 'release'> {
    if ((await ledger.findOwedObject(object)) === undefined) return 'delete';
    yield;
    if (this.#chance(0.3)) return 'release';
    const kind = this.#chance(0.5) ? 'copied' : 'failed';
    const result = await ledger.settleObject(object, { key: object.key, kind, sizeBytes: 1 });
    if (result === 'settled') this.#count(object.key);
    yield;
    return 'delete';
  }

  /** Nothing is in the queue or in flight, and debts are left: their messages were lost. */
  async #sweep(ledger: Ledger): Promise<void> {
    this.#clock.advanceSeconds(3600);
    const debts = await ledger.claimSilent({ before: this.#clock.now(), limit: 100 });
    for (const { range } of debts.ranges) this.#send({ kind: 'range', range });
    for (const row of debts.batches) this.#send({ kind: 'batch', row, keys: undefined });
    for (const object of debts.objects) this.#send({ kind: 'object', object });
  }

  #send(body: Body): void {
    this.#queue.push({ body, isInFlight: false });
    if (this.#chance(0.05)) this.#queue.push({ body, isInFlight: false });
  }

  #count(key: string): void {
    this.settlements.set(key, (this.settlements.get(key) ?? 0) + 1);
  }

  #changeSource(): void {
    const key = this.#pick(ALL_KEYS);
    if (this.#changesLeft === 0 || key === undefined) return;
    this.#changesLeft--;
    if (!this.#source.delete(key)) this.#source.add(key);
    this.keysNeverTouched = this.keysNeverTouched.filter(each => each !== key);
  }

  #keysIn(from: string, to: string): readonly string[] {
    return [...this.#source].filter(key => key > from && (to === '' || key <= to)).sort();
  }

  #anyWorker(): Worker {
    const worker = this.#pick(this.#workers);
    if (worker === undefined) throw new Error('A run needs a worker.');
    return worker;
  }

  #pick<T>(values: readonly T[]): T | undefined {
    return values[Math.floor(this.#random() * values.length)];
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }
}

/** Marsaglia's xorshift32 (https://www.jstatsoft.org/article/view/v008i14): repeats from its seed. */
function randomFrom(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
