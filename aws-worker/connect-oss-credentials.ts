// The key that OSS is read with, from where OSS_* say it is. Part of the composition root.

import { systemClock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import type { OssCredentialSource } from './config/oss-credential-source.ts';
import { findCredentialsByCommand } from './credentials/credentials-command.ts';
import { areFixed, readCredentialFields } from './credentials/credentials-files.ts';
import type { FoundCredentials } from './credentials/credentials-json.ts';
import { findCredentialsAtUrl } from './credentials/credentials-url.ts';
import { type Named, renew } from './credentials/renew.ts';
import type { OssSourceOptions } from './storage/oss-source-options.ts';
import { isSameKey } from './storage/oss-v4-signer.ts';

export const OSS_KEY: Named = { what: 'The key for OSS', unavailableCode: 'source-credentials-unavailable' };

/** Nothing is asked before the first call; `closing` ends what is being asked. */
export function connectOssCredentials(
  source: OssCredentialSource,
  { closing, log }: { readonly closing: AbortSignal; readonly log: Log },
): OssSourceOptions['credentials'] {
  if (source.kind === 'fields' && areFixed(source)) {
    const credentials = readCredentialFields(source);
    return async () => credentials;
  }
  return renew({
    find: async signal => {
      const { credentials, expiresAt } = await findOssCredentials(source, signal);
      return { value: credentials, expiresAt };
    },
    isSame: isSameKey,
    ...OSS_KEY,
    closing,
    clock: systemClock,
    log,
  });
}

/**
 * Asks for it once. An SDK is loaded only where it is asked for something: each costs memory.
 * @throws BridgeError permanent `source-credentials`; retryable `source-credentials-unavailable`; cancelled
 */
export async function findOssCredentials(source: OssCredentialSource, signal: AbortSignal): Promise<FoundCredentials> {
  switch (source.kind) {
    case 'fields':
      return { credentials: readCredentialFields(source), expiresAt: undefined };
    case 'secrets-manager':
      return await (await import('./credentials/secretsmanager-secret.ts')).findCredentialsInSecret(source, signal);
    case 'ssm':
      return await (await import('./credentials/ssm-parameter.ts')).findCredentialsInParameter(source, signal);
    case 'url':
      return await findCredentialsAtUrl(source.url, signal);
    case 'command':
      return await findCredentialsByCommand(source.command, signal);
  }
}
