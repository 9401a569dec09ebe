// Keeps a key, or a role's session, for as long as it is good. It is looked up anew when it is about to end or may have been rotated, and at once when
// the cloud refuses it: by one look at a time, however many wait, which ends at a deadline; and after one that failed, or found nothing new, there is a
// pause, since a fleet without a key must not become a burden to what holds its secrets. While the old one is good, a source that does not answer
// stops nobody. One that is found beside a good one, and refused, gives way to it: the parts of a key may have been replaced one after the other.

import { BridgeError, isKind } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import { untilAborted } from '../../shared/until-aborted.ts';

export interface Found<T> {
  readonly value: T;
  /** Undefined: for as long as nobody replaces it. */
  readonly expiresAt: Date | undefined;
}

export interface Named {
  /** As a sentence begins: `The key for OSS`. */
  readonly what: string;
  /** Of the failure that there is none now. */
  readonly unavailableCode: string;
}

export interface RenewOptions<T> extends Named {
  /** @throws BridgeError */
  readonly find: (signal: AbortSignal) => Promise<Found<T>>;
  readonly isSame: (a: T, b: T) => boolean;
  /** Ends what is being looked up. */
  readonly closing: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly random?: () => number;
}

/**
 * The one of the moment; or, for one that was refused, another, if there is one.
 * @throws BridgeError of `find`, where there is none that could still be good; cancelled
 */
export type Renewed<T> = (ask: { readonly refused?: T | undefined; readonly signal: AbortSignal }) => Promise<T>;

/** How long one without an end is used unseen: a rotation that leaves the old one valid for longer is never met by a refusal. */
const LOOK_AGAIN_MILLISECONDS = 5 * 60_000;
/** Before its end, so that the last request that it signs arrives in time. */
const BEFORE_END_MILLISECONDS = 5 * 60_000;
const LOOK_DEADLINE_MILLISECONDS = 90_000;
/** After a look that brought nothing, where there is need; up to half as much again, so that a fleet does not ask as one. */
const PAUSE_MILLISECONDS = 10_000;
/** The same, where the old one still does. */
const UNHURRIED_PAUSE_MILLISECONDS = 60_000;
/** How long the one before is still gone back to. Shorter than what rotations are told to wait (docs/credentials.md). */
const GO_BACK_MILLISECONDS = 5 * 60_000;
/** After a look that found a new one which was refused as well: its other half may be on its way. */
const SOON_MILLISECONDS = 1_000;

interface Kept<T> extends Found<T> {
  /** On the clock. */
  readonly renewAt: number;
  readonly endsAt: number;
  readonly isRefused: boolean;
  /** What it replaced, which nobody had refused. */
  readonly before: Kept<T> | undefined;
}

export function renew<T>(options: RenewOptions<T>): Renewed<T> {
  const { find, isSame, what, unavailableCode, closing, clock, log, random = Math.random } = options;
  let kept: Kept<T> | undefined;
  let look: Promise<Kept<T>> | undefined;
  let failure: { readonly error: unknown; readonly at: number; readonly pauseMilliseconds: number } | undefined;
  let lookAgainAt = Number.NEGATIVE_INFINITY;

  async function lookUp(): Promise<Kept<T>> {
    try {
      const found = await findInTime();
      // As it is now: what was kept may have been refused meanwhile.
      kept = succeed(kept, found);
      failure = undefined;
      return kept;
    } catch (error) {
      failure = { error, at: clock.now(), pauseMilliseconds: PAUSE_MILLISECONDS * (1 + random() / 2) };
      throw error;
    }
  }

  async function findInTime(): Promise<Found<T>> {
    const ended = new AbortController();
    const signal = AbortSignal.any([closing, ended.signal]);
    const tooLate = clock.wait(LOOK_DEADLINE_MILLISECONDS, signal).then(() => {
      throw unavailable(
        { what, unavailableCode },
        `could not be had: no answer within ${LOOK_DEADLINE_MILLISECONDS / 1000} seconds.`,
      );
    });
    try {
      return await Promise.race([find(signal), tooLate]);
    } finally {
      ended.abort();
      tooLate.catch(() => undefined);
    }
  }

  /** @throws BridgeError as lifetimeOf */
  function succeed(before: Kept<T> | undefined, { value, expiresAt }: Found<T>): Kept<T> {
    const now = clock.now();
    const lifetime = lifetimeOf(expiresAt, { now: clock.date(), what, unavailableCode });
    const isAsBefore = before !== undefined && isSame(before.value, value);
    if (before !== undefined && !isAsBefore) log.info(`${what} was replaced.`);
    return {
      value,
      expiresAt,
      // A lifetime of minutes has no room for the whole margin.
      renewAt:
        now +
        (expiresAt === undefined
          ? LOOK_AGAIN_MILLISECONDS
          : lifetime - Math.min(BEFORE_END_MILLISECONDS, lifetime / 2)),
      endsAt: now + lifetime,
      isRefused: isAsBefore && before.isRefused,
      before: isAsBefore ? before.before : predecessor(before, now),
    };
  }

  /** Only just after it was replaced: once it is disabled, as a rotation ends, nobody may be sent back to it. */
  function predecessor(before: Kept<T> | undefined, now: number): Kept<T> | undefined {
    if (before === undefined || before.isRefused) return undefined;
    return { ...before, endsAt: Math.min(before.endsAt, now + GO_BACK_MILLISECONDS), before: undefined };
  }

  function needed(signal: AbortSignal): Promise<Kept<T>> {
    if (look === undefined && failure !== undefined && clock.now() < failure.at + failure.pauseMilliseconds) {
      return Promise.reject(failure.error);
    }
    return untilAborted(lookOnce(), signal);
  }

  function lookOnce(): Promise<Kept<T>> {
    look ??= lookUp().finally(() => {
      look = undefined;
    });
    return look;
  }

  function lookBehind(): void {
    if (look !== undefined) return;
    if (failure !== undefined && clock.now() < failure.at + UNHURRIED_PAUSE_MILLISECONDS) return;
    lookOnce().catch((error: unknown) => {
      if (isKind(error, 'cancelled')) return;
      log.warn(`${what} could not be looked up again; the old one is used while it lasts.`, { error });
    });
  }

  async function another(refused: Kept<T>, signal: AbortSignal): Promise<T> {
    kept = { ...refused, isRefused: true };
    if (look === undefined && clock.now() < lookAgainAt) return refused.value;
    const next = await needed(signal);
    const isNew = !isSame(next.value, refused.value);
    lookAgainAt = clock.now() + (isNew ? SOON_MILLISECONDS : PAUSE_MILLISECONDS);
    return isNew ? next.value : goBack(next);
  }

  function goBack(refused: Kept<T>): T {
    const { before } = refused;
    const now = clock.now();
    if (before === undefined || now >= before.endsAt || kept !== refused) return kept?.value ?? refused.value;
    log.warn(`${what} that was found is refused: the one before is used, and it is looked up again.`);
    kept = { ...before, renewAt: now + PAUSE_MILLISECONDS };
    return kept.value;
  }

  return async ({ refused, signal }) => {
    const now = clock.now();
    if (kept === undefined || now >= kept.endsAt) return (await needed(signal)).value;
    if (refused !== undefined && isSame(refused, kept.value)) return await another(kept, signal);
    if (now >= kept.renewAt) lookBehind();
    return kept.value;
  };
}

/**
 * @returns milliseconds
 * @throws BridgeError retryable `unavailableCode` for what has ended already
 */
export function lifetimeOf(expiresAt: Date | undefined, named: Named & { readonly now: Date }): number {
  const lifetime = expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt.getTime() - named.now.getTime();
  if (lifetime > 0) return lifetime;
  const text = `that was found has expired, at ${expiresAt?.toISOString()}. Look at what renews it, and at the clock of this machine.`;
  throw unavailable(named, text);
}

function unavailable({ what, unavailableCode }: Named, text: string): BridgeError {
  return new BridgeError({ kind: 'retryable', code: unavailableCode, message: `${what} ${text}` });
}
