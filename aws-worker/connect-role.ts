// The role that S3 is asked with. Part of the composition root.

import { systemClock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import { renew } from './credentials/renew.ts';
import type { RoleCredentials, RoleToAssume } from './credentials/sts-role.ts';

/** For the SDK, which asks before the session ends, and with `forceRefresh` when S3 has refused what it was given last. */
export function connectRole(
  role: RoleToAssume,
  { closing, log }: { readonly closing: AbortSignal; readonly log: Log },
): (ask?: { readonly forceRefresh?: boolean }) => Promise<RoleCredentials> {
  let given: RoleCredentials | undefined;
  const session = renew<RoleCredentials>({
    find: async signal => {
      // Loaded only where it is asked for something: it costs memory.
      const { assumeRole } = await import('./credentials/sts-role.ts');
      const value = await assumeRole(role, signal);
      return { value, expiresAt: value.expiration };
    },
    isSame: (a, b) => a.accessKeyId === b.accessKeyId,
    what: 'The session of S3_ROLE_ARN',
    unavailableCode: 'destination-unavailable',
    closing,
    clock: systemClock,
    log,
  });
  return async (ask = {}) => {
    given = await session({ refused: ask.forceRefresh === true ? given : undefined, signal: closing });
    return given;
  };
}
