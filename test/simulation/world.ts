// Everything that the workers of one schedule share, and that outlives them: clouds, queues, ledger, time, chance, and who watches.

import type { SourceListing } from '../../aws-worker/backfill/source-listing.ts';
import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import { KIBIBYTE } from '../../shared/limits.ts';
import { createFakeMessageQueue, type FakeMessageQueue } from '../fakes/fake-message-queue.ts';
import { createFakeObjectDestination, type FakeObjectDestination } from '../fakes/fake-object-destination.ts';
import { createFakeObjectSource, type FakeObjectSource } from '../fakes/fake-object-source.ts';
import { createFakeSourceListing } from '../fakes/fake-source-listing.ts';
import { BackfillAccounts } from './backfill-account.ts';
import { Chance } from './chance.ts';
import { DestinationWatch } from './destination-watch.ts';
import { createMemoryLedger, type MemoryDatabase, openMemoryDatabase } from './memory-ledger.ts';
import type { Moment, Process } from './process.ts';
import type { Profile } from './profiles.ts';
import { createRandom, type Random } from './random.ts';
import { ReceiveAccount } from './receive-account.ts';
import { Steps } from './steps.ts';
import { VirtualTime } from './virtual-time.ts';

/** Objects up to here go in one request; larger ones in parts of this size. */
export const PART_BYTES = KIBIBYTE;
/** Of the queues' redrive policy, and so of the workers. */
export const MAX_RECEIVE_COUNT = 10;

export class World {
  readonly profile: Profile;
  readonly random: Random;
  readonly time = new VirtualTime();
  readonly steps: Steps;
  readonly chance: Chance;
  readonly database: MemoryDatabase;
  readonly source: FakeObjectSource;
  readonly listing: SourceListing;
  readonly destination: FakeObjectDestination;
  readonly liveQueue: FakeMessageQueue;
  readonly backfillQueue: FakeMessageQueue;
  readonly deadLetters: FakeMessageQueue;
  readonly receives: ReceiveAccount;
  readonly watch: DestinationWatch;
  readonly backfills: BackfillAccounts;
  readonly newId: () => string;
  /** Keys whose destination another tool changed after the last change of the source. */
  readonly interfered = new Set<string>();
  readonly #trace: ((line: string) => void) | undefined;
  readonly #versions = new Map<string, number>();
  #isCalm = false;
  readonly #view: Ledger;
  readonly #beginView: () => void;
  turn = 0;
  /** Messages of debts that were lost. */
  purges = 0;
  /** Told of each moment of each call. */
  onMoment: ((moment: Moment, process: Process) => void) | undefined;

  constructor(options: {
    readonly seed: number;
    readonly profile: Profile;
    readonly trace?: ((line: string) => void) | undefined;
  }) {
    const { seed, profile } = options;
    this.profile = profile;
    this.#trace = options.trace;
    this.random = createRandom(seed);
    this.steps = new Steps({ time: this.time, random: this.random, tortoiseRate: profile.tortoiseRate });
    this.chance = new Chance(profile, this.random);
    this.database = openMemoryDatabase();
    this.database.empty();
    this.newId = createIds();
    this.source = createFakeObjectSource();
    this.listing = createFakeSourceListing(this.source, { maxPageObjects: profile.pageObjects });
    this.destination = createFakeObjectDestination({
      hasMd5Etags: profile.hasMd5Etags,
      listsChecksums: profile.listsChecksums,
      minPartBytes: PART_BYTES,
      now: () => new Date(this.time.now),
    });
    const clock = { now: () => this.time.now, wait: () => Promise.resolve() };
    const order = <T>(visible: readonly T[]) => this.random.shuffle(visible);
    this.deadLetters = createFakeMessageQueue(clock, { order, name: 'dead' });
    const redrive = { maxReceiveCount: MAX_RECEIVE_COUNT, to: this.deadLetters };
    const queue = (name: string) => createFakeMessageQueue(clock, { order, name, redrive });
    this.liveQueue = queue('live');
    this.backfillQueue = profile.isOneQueue ? this.liveQueue : queue('backfill');
    this.receives = new ReceiveAccount(() => this.time.now);
    this.watch = new DestinationWatch(this.destination);
    this.backfills = new BackfillAccounts(this);
    const view = createMemoryLedger({
      database: this.database,
      workerId: 'oracle',
      now: () => new Date(this.time.now),
      newId: this.newId,
    });
    this.#view = view.ledger;
    this.#beginView = view.begin;
  }

  get isCalm(): boolean {
    return this.#isCalm;
  }

  /** Chance is over: from now on everything works, at once. */
  calm(): void {
    this.#isCalm = true;
    this.chance.end();
    this.steps.calm();
  }

  reached(moment: Moment, process: Process): void {
    this.onMoment?.(moment, process);
  }

  get hasCommands(): boolean {
    return this.profile.commands > 0;
  }

  get queues(): readonly FakeMessageQueue[] {
    return this.profile.isOneQueue ? [this.liveQueue] : [this.liveQueue, this.backfillQueue];
  }

  /** `text` is only made when somebody reads it. */
  trace(text: string | (() => string)): void {
    this.#trace?.(`${this.turn} ${this.time.elapsedSeconds} s ${typeof text === 'string' ? text : text()}`);
  }

  /** The key's source or destination was changed by somebody else than the workers. */
  noteChange(key: string, side: 'source' | 'destination'): void {
    this.#versions.set(key, (this.#versions.get(key) ?? 0) + 1);
    if (side === 'destination') this.interfered.add(key);
    else this.interfered.delete(key);
    const current = this.source.current(key);
    if (current !== undefined) this.watch.noteVersion(current);
  }

  /** How often each key that the source has now was changed. */
  versionNumbers(): ReadonlyMap<string, number> {
    return new Map(this.source.keys.map(key => [key, this.#versions.get(key) ?? 0]));
  }

  async compareCounts(backfill: string): Promise<void> {
    const found = await this.ledger().findBackfill(backfill);
    if (found !== undefined) this.backfills.compare(found);
  }

  /** The ledger as the oracle sees it: no step, no fault. For one call at a time. */
  ledger(): Ledger {
    this.#beginView();
    return this.#view;
  }

  /** What is wrong with the copy of a key; undefined when nothing is. */
  differenceOf(key: string): string | undefined {
    const current = this.source.current(key);
    if (current === undefined) return undefined;
    const stored = this.destination.stored(key);
    if (stored === undefined) return `${key} is not at the destination`;
    if (!stored.bytes.equals(current.bytes)) return `${key} has other bytes than the source`;
    // Without our record somebody else put the same bytes there, and it is left alone.
    if (stored.description === undefined) return undefined;
    const { metadata, headers, tags } = stored.description;
    if (JSON.stringify(metadata) !== JSON.stringify(current.object.metadata)) return `${key} has other metadata`;
    if (JSON.stringify(headers) !== JSON.stringify(current.object.headers)) return `${key} has other headers`;
    if (Object.keys(tags).length !== current.object.tagCount) return `${key} has other tags`;
    return undefined;
  }
}

function createIds(): () => string {
  let last = 0;
  return () => {
    last += 1;
    return last.toString(16).padStart(8, '0');
  };
}
