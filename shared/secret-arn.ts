// What a policy names where the worker names a secret of AWS (OSS_SECRET_ID): by name, by ARN, or by half of one.

export const ANY_SUFFIX = '-??????';

export type NamedSecret =
  | { readonly kind: 'secrets-manager'; readonly secretId: string }
  | { readonly kind: 'ssm'; readonly parameterName: string };

export interface AwsPlace {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/**
 * What comes before the six characters that Secrets Manager adds to a secret's name in its ARN, or all of it: nothing tells `…:secret:my-bridge` from an ARN
 * that has them. So a policy names both this, and this with ANY_SUFFIX.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html#iam-resources
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
 */
export function secretArn(secret: NamedSecret, { partition, region, accountId }: AwsPlace): string {
  const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  if (secret.kind === 'ssm') {
    const { parameterName: name } = secret;
    return name.startsWith('arn:') ? name : arn('ssm', `parameter/${name.replace(/^\//, '')}`);
  }
  const { secretId } = secret;
  return secretId.startsWith('arn:') ? secretId : arn('secretsmanager', `secret:${secretId}`);
}
