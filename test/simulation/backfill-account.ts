// An account of every backfill that is kept beside the ledger's, from what its calls did: which keys were listed, and how each ended, once.
// Compared with the ledger's counts whenever something was settled, and in the moment in which a backfill is done.

import type { Backfill, BackfillStatus, Debts, SettledObject } from '../../aws-worker/ledger/ledger.ts';
import { OUTCOMES, type OutcomeKind } from '../../aws-worker/transfer/outcome.ts';
import { countDebts, type MemoryDatabase, readStatuses } from './memory-ledger.ts';

interface Account {
  readonly id: string;
  readonly mode: string;
  /** Keys that the source had when it began, with the version that each had then. */
  readonly atStart: ReadonlyMap<string, number>;
  readonly batches: Map<string, number>;
  found: number;
  readonly outcomes: Map<OutcomeKind, number>;
  readonly settled: Map<string, OutcomeKind>;
  status: BackfillStatus;
  /** A call that may make it run again after it was done. */
  isReopening: boolean;
}

/** What an account is compared with. */
export interface BackfillWorld {
  readonly database: MemoryDatabase;
  readonly queues: readonly { readonly bodies: readonly string[] }[];
  /** Messages of debts that were lost on purpose. */
  readonly purges: number;
  /** Whether people pause, resume and retry. */
  readonly hasCommands: boolean;
  versionNumbers(): ReadonlyMap<string, number>;
  differenceOf(key: string): string | undefined;
  trace(text: string): void;
}

export class BackfillAccounts {
  readonly #world: BackfillWorld;
  readonly #accounts = new Map<string, Account>();
  readonly faults: string[] = [];

  constructor(world: BackfillWorld) {
    this.#world = world;
  }

  get ids(): readonly string[] {
    return [...this.#accounts.keys()];
  }

  /** Whether objects of it are on its failure list. */
  hasFailures(id: string): boolean {
    return [...(this.#accounts.get(id)?.settled.values() ?? [])].includes('failed');
  }

  statusOf(id: string): BackfillStatus | undefined {
    return this.#accounts.get(id)?.status;
  }

  started({ id, request }: Backfill): void {
    const atStart = this.#world.versionNumbers();
    const outcomes = new Map(OUTCOMES.map(kind => [kind, 0]));
    this.#accounts.set(id, {
      id,
      mode: request.mode,
      atStart,
      batches: new Map(),
      found: 0,
      outcomes,
      settled: new Map(),
      status: 'running',
      isReopening: false,
    });
  }

  listed(
    id: string,
    batches: readonly { readonly batch: string; readonly found: { readonly objects: number } }[],
  ): void {
    const account = this.#accountOf(id);
    for (const { batch, found } of batches) {
      account.batches.set(batch, found.objects);
      account.found += found.objects;
    }
  }

  settledBatch(
    id: string,
    batch: {
      readonly batch: string;
      readonly settled: readonly SettledObject[];
      readonly owed: readonly { readonly key: string }[];
    },
  ): void {
    const account = this.#accountOf(id);
    const listed = account.batches.get(batch.batch);
    if (listed === undefined)
      this.#fault(`${id} settled the batch ${batch.batch}, which was never made or twice paid.`);
    account.batches.delete(batch.batch);
    for (const { key, kind } of batch.settled) this.#settled(account, key, kind);
    const keys = new Set([...batch.settled, ...batch.owed].map(({ key }) => key));
    const missing = Math.max(0, (listed ?? 0) - keys.size);
    this.#count(account, 'source-missing', missing);
    account.found += keys.size + missing - (listed ?? 0);
  }

  /** Around a call that brings failures back. */
  reopening(id: string, isReopening: boolean): void {
    const account = this.#accounts.get(id);
    if (account !== undefined) account.isReopening = isReopening;
  }

  retried(id: string, failures: readonly { readonly key: string }[]): void {
    const account = this.#accountOf(id);
    for (const { key } of failures) {
      if (account.settled.get(key) !== 'failed') continue;
      account.settled.delete(key);
      this.#count(account, 'failed', -1);
    }
  }

  settledObject(id: string, { key, kind }: SettledObject): void {
    this.#settled(this.#accountOf(id), key, kind);
  }

  /** After each transaction: what it made of the backfills. */
  look(): void {
    for (const { id, status } of readStatuses(this.#world.database)) {
      const account = this.#accounts.get(id);
      // One that is just being started is told of in a moment.
      if (account === undefined || account.status === status) continue;
      this.#changed(account, status);
      if (status === 'done') this.#done(account);
    }
  }

  #changed(account: Account, to: BackfillStatus): void {
    const { id, status } = account;
    const isReopened = status === 'done' && to === 'running' && account.isReopening;
    if ((status === 'done' || status === 'cancelled') && !isReopened)
      this.#fault(`${id} was ${status}, and became ${to}.`);
    account.status = to;
    this.#world.trace(`  ${id} is ${to}`);
  }

  #done(account: Account): void {
    const { id } = account;
    const debts = countDebts(this.#world.database, id);
    if (debts > 0) this.#fault(`${id} is said to be done while ${debts} debts are open.`);
    for (const [key, version] of account.atStart) this.#checkEnd(account, key, version);
  }

  /**
   * The sweeper was told of debts that were silent for long. Where no message was purged, and nobody paused the work, each of them still has a message
   * somewhere: a debt that only the sweeper remembers was lost by a crash that should have lost nothing.
   */
  claimed({ batches, objects }: Debts): void {
    const { purges, queues, hasCommands } = this.#world;
    if (purges > 0 || hasCommands) return;
    const messages = queues.flatMap(queue => queue.bodies);
    const silent = [...batches, ...objects.map(({ batch, key }) => ({ batch, key }))];
    for (const debt of silent) {
      const parts = [debt.batch, ...('key' in debt ? [debt.key] : [])].map(part => JSON.stringify(part));
      const hasMessage = messages.some(body => parts.every(part => body.includes(part)));
      // The holder of the range sends the batches of its last checkpoint again.
      const range = messages.some(body => body.includes('"range"'));
      if (!hasMessage && !range)
        this.#fault(`The debt ${JSON.stringify(debt)} has no message, and nobody will send one but the sweeper.`);
    }
  }

  /** The ledger's counts now. */
  compare({ id, counts }: Backfill): void {
    const account = this.#accountOf(id);
    const own = [account.found, ...OUTCOMES.map(kind => account.outcomes.get(kind) ?? 0)];
    const ledgers = [counts.found.objects, ...OUTCOMES.map(kind => counts.byOutcome[kind].objects)];
    if (own.join() !== ledgers.join())
      this.#fault(`${id} counts ${ledgers.join()} (found, ${OUTCOMES.join(', ')}), but it was ${own.join()}.`);
    const sum = OUTCOMES.reduce((total, kind) => total + counts.byOutcome[kind].objects, counts.remaining.objects);
    if (sum !== counts.found.objects) this.#fault(`${id}: found is not the sum of outcomes and remaining.`);
    if (account.status === 'done' && (counts.remaining.objects !== 0 || counts.remaining.bytes !== 0))
      this.#fault(`${id} is done, but ${counts.remaining.objects} objects remain.`);
  }

  /** Of a key that did not move since the backfill began. */
  #checkEnd(account: Account, key: string, version: number): void {
    if (this.#world.versionNumbers().get(key) !== version) return;
    const kind = account.settled.get(key);
    if (kind === undefined) this.#fault(`${account.id} is done, but ${key} was neither copied nor anything else.`);
    const isThere = kind === 'copied' || kind === 'skipped' || kind === 'unverified';
    const difference = isThere ? this.#world.differenceOf(key) : undefined;
    if (difference !== undefined) this.#fault(`${account.id} is done, ${key} is ${kind}, but ${difference}.`);
  }

  #settled(account: Account, key: string, kind: OutcomeKind): void {
    const before = account.settled.get(key);
    if (before !== undefined) this.#fault(`${account.id} counted ${key} as ${before}, then as ${kind}.`);
    account.settled.set(key, kind);
    this.#count(account, kind, 1);
  }

  #count(account: Account, kind: OutcomeKind, more: number): void {
    account.outcomes.set(kind, (account.outcomes.get(kind) ?? 0) + more);
  }

  #accountOf(id: string): Account {
    const account = this.#accounts.get(id);
    if (account === undefined) throw new Error(`The ledger knows a backfill ${id} that nobody started.`);
    return account;
  }

  #fault(sentence: string): void {
    this.faults.push(sentence);
  }
}
