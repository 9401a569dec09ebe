// OSS_SECRET_ID: a secret of AWS Secrets Manager.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html

import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { BridgeError } from '../../shared/bridge-error.ts';
import { type FoundCredentials, parseCredentials } from './credentials-json.ts';
import { SECRET_CLIENT, translateSecretFailure } from './secret-failure.ts';

/** @throws BridgeError permanent `source-credentials`; retryable `source-credentials-unavailable`; cancelled */
export async function findCredentialsInSecret(
  { secretId, region }: { readonly secretId: string; readonly region: string },
  signal: AbortSignal,
): Promise<FoundCredentials> {
  const client = new SecretsManagerClient({ region, ...SECRET_CLIENT });
  const from = `The secret ${secretId}`;
  try {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secretId }), { abortSignal: signal });
    if (answer.SecretString !== undefined) return parseCredentials(answer.SecretString, from);
    throw new BridgeError({
      kind: 'permanent',
      code: 'source-credentials',
      message: `${from} is binary. Store it as text: {"access_key_id": "…", "secret_access_key": "…"}.`,
    });
  } catch (error) {
    throw translateSecretFailure(error, { from, region, action: 'secretsmanager:GetSecretValue', signal });
  } finally {
    client.destroy();
  }
}
