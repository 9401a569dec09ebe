// What Secrets Manager and Systems Manager say when they give nothing, for a person. Their own words are left out: AWS repeats what it could not verify.

import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import { AWS_IDENTITY_ADVICE } from './aws-identity-advice.ts';

/** Of a client that asks one thing, now and then. */
export const SECRET_CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

interface Asked {
  /** `The secret X` */
  readonly from: string;
  readonly region: string;
  /** The permission that it takes. */
  readonly action: string;
  readonly signal: AbortSignal;
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html */
export function translateSecretFailure(error: unknown, { from, region, action, signal }: Asked): BridgeError {
  if (signal.aborted) return cancelledBy(signal);
  if (error instanceof BridgeError) return error;
  const name = error instanceof Error ? error.name : 'unknown';
  const advice = adviceFor(name, from, region, action);
  if (advice !== undefined) {
    return new BridgeError({ kind: 'permanent', code: 'source-credentials', message: advice, cause: error });
  }
  return new BridgeError({
    kind: 'retryable',
    code: 'source-credentials-unavailable',
    message: `${from}, which OSS_SECRET_ID names, could not be read (${name}). Where only interface endpoints lead out of the network, there must be one for the service in ${region}.`,
    cause: error,
  });
}

function adviceFor(name: string, from: string, region: string, action: string): string | undefined {
  if (/^AccessDenied/.test(name)) {
    return `${from}, which OSS_SECRET_ID names, may not be read: allow ${action} on it for the worker, and kms:Decrypt if a key of yours encrypts it.`;
  }
  if (name === 'ResourceNotFoundException' || name === 'ParameterNotFound') {
    return `${from}, which OSS_SECRET_ID names, does not exist in ${region}. A secret of another region is named by its ARN.`;
  }
  if (name === 'InvalidRequestException') return `${from}, which OSS_SECRET_ID names, is being deleted: restore it.`;
  if (name === 'DecryptionFailure' || name === 'InvalidKeyId') {
    return `${from}, which OSS_SECRET_ID names, cannot be decrypted: enable its KMS key, and allow kms:Decrypt on it for the worker.`;
  }
  return AWS_IDENTITY_ADVICE[name];
}
