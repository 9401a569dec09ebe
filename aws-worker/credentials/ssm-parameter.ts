// OSS_SECRET_ID=ssm:NAME: a parameter of AWS Systems Manager, encrypted or not.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html

import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type FoundCredentials, parseCredentials } from './credentials-json.ts';
import { SECRET_CLIENT, translateSecretFailure } from './secret-failure.ts';

/** @throws BridgeError permanent `source-credentials`; retryable `source-credentials-unavailable`; cancelled */
export async function findCredentialsInParameter(
  { parameterName, region }: { readonly parameterName: string; readonly region: string },
  signal: AbortSignal,
): Promise<FoundCredentials> {
  const client = new SSMClient({ region, ...SECRET_CLIENT });
  const from = `The parameter ${parameterName}`;
  try {
    const command = new GetParameterCommand({ Name: parameterName, WithDecryption: true });
    const { Parameter } = await client.send(command, { abortSignal: signal });
    return parseCredentials(Parameter?.Value ?? '', from);
  } catch (error) {
    throw translateSecretFailure(error, { from, region, action: 'ssm:GetParameter', signal });
  } finally {
    client.destroy();
  }
}
