// S3_ROLE_ARN: the worker's own identity assumes the role for its requests to S3. One session; renew.ts asks for the next.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html

import { AssumeRoleCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import { AWS_IDENTITY_ADVICE } from './aws-identity-advice.ts';
import { SECRET_CLIENT } from './secret-failure.ts';

export interface RoleToAssume {
  readonly arn: string;
  readonly externalId: string | undefined;
  /** Whose STS is asked. */
  readonly stsRegion: string;
}

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** CloudTrail shows it beside each request. */
const SESSION_NAME = 'oss-s3-bridge';
/** The longest that a role which was assumed by a role may be assumed for. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining */
const SESSION_SECONDS = 3600;

/**
 * @param as who asks, and where, if not by the SDK's own chain
 * @throws BridgeError permanent `destination-credentials`; retryable `destination-unavailable`; cancelled
 */
export async function assumeRole(
  { arn, externalId, stsRegion }: RoleToAssume,
  signal: AbortSignal,
  as: STSClientConfig = {},
): Promise<RoleCredentials> {
  const client = new STSClient({ region: stsRegion, ...SECRET_CLIENT, ...as });
  try {
    const command = new AssumeRoleCommand({
      RoleArn: arn,
      RoleSessionName: SESSION_NAME,
      DurationSeconds: SESSION_SECONDS,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    });
    const { Credentials: given } = await client.send(command, { abortSignal: signal });
    const {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiration,
    } = given ?? {};
    if (!(accessKeyId && secretAccessKey && sessionToken && expiration))
      throw new Error('AssumeRole gave no credentials');
    return { accessKeyId, secretAccessKey, sessionToken, expiration };
  } catch (error) {
    if (signal.aborted) throw cancelledBy(signal);
    throw translate(error, { arn, hasExternalId: externalId !== undefined });
  } finally {
    client.destroy();
  }
}

function translate(error: unknown, role: { readonly arn: string; readonly hasExternalId: boolean }): BridgeError {
  const name = error instanceof Error ? error.name : 'unknown';
  const advice = /^AccessDenied/.test(name) ? deniedAdvice(role) : AWS_IDENTITY_ADVICE[name];
  if (advice !== undefined) {
    return new BridgeError({ kind: 'permanent', code: 'destination-credentials', message: advice, cause: error });
  }
  return new BridgeError({
    kind: 'retryable',
    code: 'destination-unavailable',
    message: `STS did not give the credentials of S3_ROLE_ARN (${name}). Where only interface endpoints lead out of the network, there must be one for STS.`,
    cause: error,
  });
}

/** STS says the same of each of the three. */
function deniedAdvice({ arn, hasExternalId }: { readonly arn: string; readonly hasExternalId: boolean }): string {
  const externalId = hasExternalId
    ? 'that S3_ROLE_EXTERNAL_ID is the external id which the trust policy asks for'
    : 'that its trust policy asks for no external id, or set S3_ROLE_EXTERNAL_ID';
  return `The worker may not assume S3_ROLE_ARN, ${arn}. Check that the role exists, that its trust policy names the worker's role or user, that the worker's own policy allows sts:AssumeRole on it, and ${externalId}.`;
}
