// Every failure in this product is one of three kinds, and what happens to a message follows from the kind alone.

import { withoutProofs } from './without-proofs.ts';

/**
 * - `retryable`: the same request may succeed later (network, throttling, a source that moved).
 * - `permanent`: it will not, until a person changes something.
 * - `cancelled`: we stopped it (shutdown, lost receipt, a cancelled backfill); nothing is wrong.
 */
export type ErrorKind = 'retryable' | 'permanent' | 'cancelled';

export interface BridgeErrorDetails {
  readonly kind: ErrorKind;
  /** Stable, kebab-case; what logs, metrics and failure lists are grouped by. */
  readonly code: string;
  /** For a person: what is wrong and what to do about it. Never contains a secret; signatures and tokens that a server repeats are cut out. */
  readonly message: string;
  readonly cause?: unknown;
  /** The object that it is about. */
  readonly key?: string;
  /** How long the server asked us to wait (Retry-After), in milliseconds. */
  readonly retryAfterMilliseconds?: number;
}

export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly key: string | undefined;
  readonly retryAfterMilliseconds: number | undefined;

  constructor(details: BridgeErrorDetails) {
    super(withoutProofs(details.message), details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = details.kind;
    this.code = details.code;
    this.key = details.key;
    this.retryAfterMilliseconds = details.retryAfterMilliseconds;
  }
}

/** True for a BridgeError with this code (or any of these codes). */
export function hasCode(error: unknown, ...codes: readonly string[]): error is BridgeError {
  return error instanceof BridgeError && codes.includes(error.code);
}

export function isKind(error: unknown, kind: ErrorKind): boolean {
  return error instanceof BridgeError && error.kind === kind;
}

/** The error of an aborted signal: its reason if that is a BridgeError already, else a `cancelled` one. */
export function cancelledBy(signal: AbortSignal): BridgeError {
  if (signal.reason instanceof BridgeError) return signal.reason;
  return new BridgeError({ kind: 'cancelled', code: 'cancelled', message: 'Cancelled.', cause: signal.reason });
}
