// Why the worker is not doing its work, in words for whoever looks at /readyz. Nothing here stops anything by itself, but for the ledger:
// while it cannot be written, nothing is received (mayReceive), since no outcome could be recorded.

import type { BridgeError } from '../shared/bridge-error.ts';

export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** Trouble that was not heard of again for so long has passed. */
const TROUBLE_MEMORY_MILLISECONDS = 120_000;

export class Readiness {
  readonly #now: () => number;
  #isStarted = false;
  #isDraining = false;
  #ledgerFailure: BridgeError | undefined;
  #trouble: { readonly error: BridgeError; readonly at: number } | undefined;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  started(): void {
    this.#isStarted = true;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  draining(): void {
    this.#isDraining = true;
  }

  /** What the last write to the ledger said; undefined when it went well. */
  ledger(failure: BridgeError | undefined): void {
    this.#ledgerFailure = failure;
  }

  /** A failure that meets every object, or, undefined, work that went well. */
  trouble(error: BridgeError | undefined): void {
    this.#trouble = error === undefined ? undefined : { error, at: this.#now() };
  }

  get mayReceive(): boolean {
    return this.#ledgerFailure === undefined;
  }

  problems(): readonly Problem[] {
    const problems: Problem[] = [];
    if (!this.#isStarted) problems.push({ code: 'starting', message: 'Checks at start are under way.' });
    if (this.#isDraining)
      problems.push({ code: 'draining', message: 'Shutting down: work in hand is being finished.' });
    if (this.#ledgerFailure !== undefined) problems.push(problemOf(this.#ledgerFailure));
    if (this.#trouble !== undefined && this.#now() - this.#trouble.at < TROUBLE_MEMORY_MILLISECONDS) {
      problems.push(problemOf(this.#trouble.error));
    }
    return problems;
  }
}

function problemOf({ code, message }: BridgeError): Problem {
  return { code, message };
}
