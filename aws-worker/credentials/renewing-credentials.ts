// Keeps a key for as long as it is good. It is asked for anew when it is about to expire or may have been rotated, and at once when OSS refuses it; by one
// request at a time, however many wait. While the old one is good, a source that does not answer stops nobody.

import { BridgeError, isKind } from '../../shared/bridge-error.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import { isSameKey, type OssCredentials } from '../storage/oss-v4-signer.ts';
import type { FoundCredentials } from './credentials-json.ts';

export interface RenewalOptions {
  /** @throws BridgeError */
  readonly find: () => Promise<FoundCredentials>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a key without an end is used unseen: a rotation that leaves the old one valid for a while is never met by a refusal. */
const LOOK_AGAIN_MILLISECONDS = 5 * 60_000;
/** Before its end, so that the last request that it signs arrives in time. */
const BEFORE_END_MILLISECONDS = 5 * 60_000;
/** Between two attempts: a fleet whose key is refused must not become a burden to what holds its secrets. */
const PAUSE_MILLISECONDS = 10_000;

interface Kept extends FoundCredentials {
  /** On the clock. */
  readonly renewAt: number;
  readonly endsAt: number;
}

/**
 * The key of the moment, or another one than that which was refused, if there is one.
 * @throws BridgeError of `find`, where there is no key that could still be good
 */
export function renewCredentials({ find, clock, log }: RenewalOptions) {
  let kept: Kept | undefined;
  let renewal: Promise<Kept> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let refusedAt = Number.NEGATIVE_INFINITY;

  async function renew(): Promise<Kept> {
    triedAt = clock.now();
    const before = kept;
    const found = await find();
    kept = { ...found, ...momentsOf(found, clock) };
    if (before !== undefined && !isSameKey(before.credentials, kept.credentials))
      log.info('OSS is read with a new key.');
    return kept;
  }

  function renewOnce(): Promise<Kept> {
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
    return renewal;
  }

  function renewBehind(): void {
    if (renewal !== undefined || clock.now() < triedAt + PAUSE_MILLISECONDS) return;
    renewOnce().catch((error: unknown) => {
      if (isKind(error, 'cancelled')) return;
      log.warn('The key for OSS could not be looked up again; the old one is used while it lasts.', { error });
    });
  }

  return async (refused?: OssCredentials): Promise<OssCredentials> => {
    const now = clock.now();
    if (kept === undefined || now >= kept.endsAt) return (await renewOnce()).credentials;
    if (refused !== undefined && isSameKey(refused, kept.credentials)) {
      // Looked up because of it just now: it is what there is.
      if (renewal === undefined && now < refusedAt + PAUSE_MILLISECONDS) return kept.credentials;
      refusedAt = now;
      return (await renewOnce()).credentials;
    }
    if (now >= kept.renewAt) renewBehind();
    return kept.credentials;
  };
}

function momentsOf(found: FoundCredentials, clock: Clock): { readonly renewAt: number; readonly endsAt: number } {
  const now = clock.now();
  const lifetime = lifetimeOf(found, clock);
  if (lifetime === undefined) return { renewAt: now + LOOK_AGAIN_MILLISECONDS, endsAt: Number.POSITIVE_INFINITY };
  // A lifetime of minutes has no room for the whole margin.
  return { renewAt: now + lifetime - Math.min(BEFORE_END_MILLISECONDS, lifetime / 2), endsAt: now + lifetime };
}

/**
 * Milliseconds; undefined: without an end.
 * @throws BridgeError retryable `source-credentials-unavailable` for a key that has expired already
 */
export function lifetimeOf({ expiresAt }: FoundCredentials, clock: Pick<Clock, 'date'>): number | undefined {
  if (expiresAt === undefined) return undefined;
  const lifetime = expiresAt.getTime() - clock.date().getTime();
  if (lifetime > 0) return lifetime;
  throw new BridgeError({
    kind: 'retryable',
    code: 'source-credentials-unavailable',
    message: `The key for OSS that was found has expired, at ${expiresAt.toISOString()}. Look at what renews it, and at the clock of this machine.`,
  });
}
