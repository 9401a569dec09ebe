// Asks AWS who the credentials belong to. GetCallerIdentity needs no permission.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html

import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { AWS_IDENTITY_ADVICE } from '../../aws-worker/credentials/aws-identity-advice.ts';
import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';

export interface StsIdentity {
  readonly accountId: string;
  readonly arn: string;
  /** In words; undefined where the SDK does not say. */
  readonly source: string | undefined;
  /** Of temporary credentials that tell; the SDK renews those of roles. */
  readonly expiresAt: Date | undefined;
}

interface StsOptions {
  readonly region: string;
  readonly endpoint?: string;
  /** Else the SDK's default chain. */
  readonly credentials?: NonNullable<STSClientConfig['credentials']>;
  readonly signal: AbortSignal;
}

const CONNECT_MILLISECONDS = 5_000;
const REQUEST_MILLISECONDS = 10_000;

/** The names by which the SDK notes where it had credentials from, the most telling first. */
const SOURCES: readonly (readonly [sign: string, words: string])[] = [
  ['CREDENTIALS_STS_ASSUME_ROLE_WEB_ID', 'a web identity token (IRSA)'],
  ['CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN', 'a web identity token (IRSA)'],
  ['CREDENTIALS_HTTP', 'the container (ECS task role, EKS Pod Identity)'],
  ['CREDENTIALS_IMDS', "the instance's role"],
  ['CREDENTIALS_SSO', 'IAM Identity Center (SSO)'],
  ['CREDENTIALS_PROFILE_SSO', 'IAM Identity Center (SSO)'],
  ['CREDENTIALS_PROCESS', 'a credential process'],
  ['CREDENTIALS_STS_ASSUME_ROLE', 'an assumed role of a profile'],
  ['CREDENTIALS_PROFILE', 'a profile of ~/.aws'],
  ['CREDENTIALS_ENV_VARS', 'AWS_ACCESS_KEY_ID in the environment'],
];

/**
 * @throws BridgeError permanent `aws-credentials`; retryable `identity-unreachable`, which says nothing of the credentials; cancelled
 */
export async function askStsIdentity({
  region,
  endpoint,
  credentials: given,
  signal,
}: StsOptions): Promise<StsIdentity> {
  const client = new STSClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(given === undefined ? {} : { credentials: given }),
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECT_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      throwOnRequestTimeout: true,
    },
  });
  try {
    const answer = await client.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
    const credentials = await client.config.credentials();
    const { Account: accountId = 'unknown', Arn: arn = 'unknown' } = answer;
    return { accountId, arn, source: sourceOf(credentials), expiresAt: credentials.expiration };
  } catch (error) {
    if (signal.aborted) throw cancelledBy(signal);
    throw translate(error);
  } finally {
    client.destroy();
  }
}

function sourceOf(credentials: object): string | undefined {
  const signs: unknown = Reflect.get(credentials, '$source');
  if (typeof signs !== 'object' || signs === null) return undefined;
  return SOURCES.find(([sign]) => sign in signs)?.[1];
}

/** The SDK's own words are left out: AWS repeats what it could not verify. */
function translate(error: unknown): BridgeError {
  const name = error instanceof Error ? error.name : 'unknown';
  const advice = AWS_IDENTITY_ADVICE[name];
  if (advice !== undefined) {
    return new BridgeError({ kind: 'permanent', code: 'aws-credentials', message: advice, cause: error });
  }
  return new BridgeError({
    kind: 'retryable',
    code: 'identity-unreachable',
    message: `STS did not say who this is (${name}). Where only interface endpoints lead out of the network, there may be none for STS; the lines of S3 and SQS tell whether they accept the credentials.`,
    cause: error,
  });
}
