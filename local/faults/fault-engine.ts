// The rules in force, and how often each has struck. The servers ask it about each request; tests and the admin endpoint tell it what to
// do. Rules are asked in the order in which they were added, and several may strike one request. Removing a rule ends what it is
// doing: stalled bodies go on, locks are released.

import { existsSync } from 'node:fs';
import { BridgeError } from '../../shared/bridge-error.ts';
import type { Fault, FaultKind, FaultOf, FaultRule, FaultStatus } from './fault-rule.ts';
import { holdLedgerLock, type LedgerLock } from './hold-ledger-lock.ts';
import { type FaultRequest, matchesRule } from './match-rule.ts';
import { readFaultRule } from './read-fault-rule.ts';
import { seededRandom } from './seeded-random.ts';

const DEFAULT_SEED = 1;

/** One fault of one request. */
export interface Strike {
  readonly fault: Fault;
  /** From 0 to below 1, of the rule's seed. */
  readonly random: () => number;
  /** Aborted when the rule is removed. */
  readonly healed: AbortSignal;
}

interface Entry {
  readonly id: string;
  readonly rule: FaultRule;
  readonly random: () => number;
  readonly end: AbortController;
  lock: LedgerLock | undefined;
  matched: number;
  struck: number;
  problem: string | undefined;
}

export class FaultEngine {
  readonly #ledgerPath: string | undefined;
  readonly #entries = new Map<string, Entry>();
  #added = 0;
  #isClosed = false;

  /** `ledgerPath`: of the ledger rules that name none. */
  constructor(options: { readonly ledgerPath?: string } = {}) {
    this.#ledgerPath = options.ledgerPath;
  }

  /** False: no request is touched. */
  get hasRules(): boolean {
    return this.#entries.size > 0;
  }

  /** Its id. @throws BridgeError permanent `invalid-fault`, in words */
  add(rule: FaultRule): string {
    const read = readFaultRule(rule);
    if (this.#isClosed) throw refuse('The local cloud is closed.');
    const entry: Entry = {
      id: `fault-${++this.#added}`,
      rule: read,
      random: seededRandom(read.seed ?? DEFAULT_SEED),
      end: new AbortController(),
      lock: undefined,
      matched: 0,
      struck: 0,
      problem: undefined,
    };
    if (read.fault.kind === 'lock') this.#lockLedger(entry, read.fault);
    this.#entries.set(entry.id, entry);
    return entry.id;
  }

  /** False when there is no such rule. */
  remove(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    this.#entries.delete(id);
    entry.end.abort();
    entry.lock?.release();
    return true;
  }

  clear(): void {
    for (const id of [...this.#entries.keys()]) this.remove(id);
  }

  /** Removes all rules, and takes no more. */
  close(): void {
    this.#isClosed = true;
    this.clear();
  }

  find(id: string): FaultStatus | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : statusOf(entry);
  }

  /** In the order in which they were added. */
  list(): readonly FaultStatus[] {
    return [...this.#entries.values()].map(statusOf);
  }

  /** What this request meets, of these kinds. Each call counts; nothing comes behind a fault that answers in the server's place. */
  strike(request: FaultRequest, isAsked: (kind: FaultKind) => boolean): readonly Strike[] {
    const strikes: Strike[] = [];
    for (const entry of this.#entries.values()) {
      const { fault } = entry.rule;
      if (!isAsked(fault.kind) || !matchesRule(entry.rule, request) || !decide(entry)) continue;
      strikes.push({ fault, random: entry.random, healed: entry.end.signal });
      if (answersItself(fault)) break;
    }
    return strikes;
  }

  #lockLedger(entry: Entry, { milliseconds, pauseMilliseconds }: FaultOf<'lock'>): void {
    const path = entry.rule.ledgerPath ?? this.#ledgerPath;
    if (path === undefined) throw refuse('ledgerPath is required: the SQLite file of the ledger.');
    if (!existsSync(path)) throw refuse(`ledgerPath ${path} is not there.`);
    const isRepeated = pauseMilliseconds !== undefined;
    entry.lock = holdLedgerLock({
      path,
      milliseconds,
      pauseMilliseconds: pauseMilliseconds ?? 0,
      times: entry.rule.times ?? (isRepeated ? Number.POSITIVE_INFINITY : 1),
      onLocked: () => {
        entry.matched++;
        entry.struck++;
      },
      onFailure: error => {
        entry.problem = error instanceof Error ? error.message : String(error);
      },
    });
    if (entry.problem !== undefined) throw refuse(`ledgerPath ${path}: ${entry.problem}.`);
  }
}

/** Counts the request, and says whether the rule strikes it. */
function decide(entry: Entry): boolean {
  const { skip = 0, times = Number.POSITIVE_INFINITY, probability = 1 } = entry.rule;
  if (++entry.matched <= skip || entry.struck >= times) return false;
  if (probability < 1 && entry.random() >= probability) return false;
  entry.struck++;
  return true;
}

function answersItself(fault: Fault): boolean {
  return fault.kind === 'status' || fault.kind === 'redirect' || (fault.kind === 'reset' && fault.at === 'before');
}

function statusOf({ id, rule, matched, struck, problem }: Entry): FaultStatus {
  return { id, ...rule, matched, struck, ...(problem === undefined ? {} : { problem }) };
}

function refuse(message: string): BridgeError {
  return new BridgeError({ kind: 'permanent', code: 'invalid-fault', message });
}
