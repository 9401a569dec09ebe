// What chance does to single calls: which fail and how, how long they take, and which requests arrive after their sender has given up.

import { BridgeError } from '../../shared/bridge-error.ts';
import { faultsOf, kindOfFault } from './fault-table.ts';
import type { Profile } from './profiles.ts';
import type { Random } from './random.ts';

export interface Fault {
  /** Before its effect; after it; or before it, which then takes place later. */
  readonly when: 'refused' | 'lost' | 'late';
  readonly error: BridgeError;
}

const LATENCIES_MILLISECONDS = [20, 500, 5_000, 40_000, 120_000];
const KEY_READS = ['source.head', 'source.open'];
/** What a worker calls all the time though nothing happens: failures of these would use up all others. */
const IDLE = [
  'queue.receive',
  'ledger.claimSilent',
  'ledger.listBackfills',
  'ledger.claimIdle',
  'ledger.claimUnnamed',
  'ledger.statusOf',
];
const KEEPS_IDLE = 0.1;
const WRITES = ['destination.put', 'destination.completeUpload'];
const SLOW_WRITE_MILLISECONDS = 168_000;
/** Of requests whose sender is gone, how many arrive nevertheless. */
const ARRIVES_LATE = 0.6;
/** Permanent failures end an object's tries at once; more of them would hide what the other faults do. */
const KEEPS_PERMANENT = 0.15;

export class Chance {
  readonly #random: Random;
  readonly #profile: Profile;
  readonly #codes = new Set<string>();
  #faultsLeft: number;
  #slowWrites = 0;
  readonly #troubles = new Map<string, { readonly code: string; left: number }>();
  #givenUpWrites = 0;
  #isOver = false;

  constructor(profile: Profile, random: Random) {
    this.#profile = profile;
    this.#random = random;
    this.#faultsLeft = profile.faults;
  }

  /** The codes that calls were answered with. */
  get codes(): ReadonlySet<string> {
    return this.#codes;
  }

  /** From now on everything succeeds, at once. */
  end(): void {
    this.#isOver = true;
  }

  /** So many of the next reads of this key fail. */
  troubleKey(trouble: { readonly key: string; readonly code: string; readonly calls: number }): void {
    this.#troubles.set(trouble.key, { code: trouble.code, left: trouble.calls });
  }

  faultOf(operation: string, key?: string): Fault | undefined {
    const trouble = this.#isOver || !KEY_READS.includes(operation) ? undefined : this.#troubles.get(key ?? '');
    if (trouble !== undefined && trouble.left > 0) {
      trouble.left -= 1;
      return this.#fault('refused', trouble.code);
    }
    if (this.#givenUpWrites > 0 && WRITES.includes(operation)) {
      this.#givenUpWrites -= 1;
      return this.#fault('late', 'destination-unknown');
    }
    if (this.#isOver || this.#faultsLeft === 0 || !this.#random.chance(this.#profile.faultRate)) return undefined;
    if (IDLE.includes(operation) && !this.#random.chance(KEEPS_IDLE)) return undefined;
    if (this.#profile.failsOnlyWrites && !WRITES.includes(operation)) return undefined;
    const { refused, lost, lateSeconds } = faultsOf(operation);
    if (refused.length === 0) return undefined;
    const code = this.#random.pick(refused);
    if (kindOfFault(code) === 'permanent' && !this.#random.chance(KEEPS_PERMANENT)) return undefined;
    this.#faultsLeft -= 1;
    if (lost === undefined || this.#random.chance(0.3)) return this.#fault('refused', code);
    const isLate = lateSeconds !== undefined && this.#random.chance(0.5);
    return this.#fault(isLate ? 'late' : 'lost', lost);
  }

  /** The next write to the destination arrives, but after its sender has given up. */
  giveUpNextWrite(): void {
    this.#givenUpWrites += 1;
  }

  /** The next write to the destination takes minutes. */
  slowNextWrite(): void {
    this.#slowWrites += 1;
  }

  latencyMilliseconds(operation?: string): number {
    if (this.#slowWrites > 0 && WRITES.includes(operation ?? '')) {
      this.#slowWrites -= 1;
      return Math.ceil(SLOW_WRITE_MILLISECONDS * (0.3 + 0.7 * this.#random.next()));
    }
    if (this.#isOver || !this.#random.chance(this.#profile.slowRate)) return 0;
    return Math.ceil(this.#random.next() * this.#random.pick(LATENCIES_MILLISECONDS));
  }

  /** How long from now until it takes place though its sender is gone; undefined: it never does. */
  latenessOf(operation: string, sentForMilliseconds: number): number | undefined {
    const { lateSeconds } = faultsOf(operation);
    const most = (lateSeconds ?? 0) * 1000 - sentForMilliseconds;
    if (most <= 0 || !this.#random.chance(ARRIVES_LATE)) return undefined;
    return Math.ceil(this.#random.next() * (this.#random.chance(0.5) ? Math.min(most, 2_000) : most));
  }

  error(code: string): BridgeError {
    this.#codes.add(code);
    return new BridgeError({ kind: kindOfFault(code), code, message: `Chance says ${code}.` });
  }

  #fault(when: Fault['when'], code: string): Fault {
    return { when, error: this.error(code) };
  }
}
