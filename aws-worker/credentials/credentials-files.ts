// A key whose parts are in the environment or in files. Those in files are read again, because what mounts them replaces them.

import { BridgeError } from '../../shared/bridge-error.ts';
import { KEY_TEXT, NO_KEY_TEXT, quotePath, readSecretFile, type SecretPlace } from '../../shared/secret-place.ts';
import type { OssCredentials } from '../storage/oss-v4-signer.ts';

export interface CredentialFields {
  readonly accessKeyId: SecretPlace;
  readonly accessKeySecret: SecretPlace;
  readonly securityToken: SecretPlace | undefined;
}

export function areFixed({ accessKeyId, accessKeySecret, securityToken }: CredentialFields): boolean {
  return [accessKeyId, accessKeySecret, securityToken].every(place => place?.path === undefined);
}

/** @throws BridgeError retryable `source-credentials-unavailable`: a file that is being replaced is missing for a moment */
export function readCredentialFields({
  accessKeyId,
  accessKeySecret,
  securityToken,
}: CredentialFields): OssCredentials {
  return {
    accessKeyId: valueNow(accessKeyId),
    accessKeySecret: valueNow(accessKeySecret),
    ...(securityToken === undefined ? {} : { securityToken: valueNow(securityToken) }),
  };
}

function valueNow({ name, value, path }: SecretPlace): string {
  if (path === undefined) return value;
  try {
    const text = readSecretFile(path);
    if (!KEY_TEXT.test(text)) throw new Error(`holds ${NO_KEY_TEXT}`);
    return text;
  } catch (cause) {
    throw new BridgeError({
      kind: 'retryable',
      code: 'source-credentials-unavailable',
      message: `The key for OSS could not be had: ${name} is ${quotePath(path)}, which ${cause instanceof Error ? cause.message : cause}.`,
      cause,
    });
  }
}
