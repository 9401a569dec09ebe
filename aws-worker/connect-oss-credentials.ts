// The key that OSS is read with, from where OSS_* say it is. Part of the composition root.

import { systemClock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import type { OssCredentialSource } from './config/oss-credential-source.ts';
import { findCredentialsByCommand } from './credentials/credentials-command.ts';
import { areFixed, readCredentialFields } from './credentials/credentials-files.ts';
import type { FoundCredentials } from './credentials/credentials-json.ts';
import { findCredentialsAtUrl } from './credentials/credentials-url.ts';
import { renewCredentials } from './credentials/renewing-credentials.ts';
import type { OssSourceOptions } from './storage/oss-source-options.ts';

/** Nothing is asked before the first call; `signal` ends what is being asked. */
export function connectOssCredentials(
  source: OssCredentialSource,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): OssSourceOptions['credentials'] {
  if (source.kind === 'fields' && areFixed(source)) {
    const credentials = readCredentialFields(source);
    return async () => credentials;
  }
  return renewCredentials({ find: () => findOssCredentials(source, signal), clock: systemClock, log });
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
