// The secrets: the token of the API, which Secrets Manager makes and ECS hands to the container, and the OSS key, which the worker reads itself. No
// value of them passes through here.

import { Stack } from 'aws-cdk-lib';
import { Secret as EcsSecret } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ANY_SUFFIX, secretArn } from '../../shared/secret-arn.ts';
import type { Parameters } from './parameters.ts';

const API_TOKEN_CHARACTERS = 48;

export function apiTokenName(stackName: string): string {
  return `${stackName}/api-token`;
}

/** By the names of the worker's environment. */
export function createSecrets(scope: Construct, parameters: Parameters): Readonly<Record<string, EcsSecret>> {
  const apiToken = new Secret(scope, 'ApiToken', {
    secretName: apiTokenName(parameters.name),
    description: 'What callers of the API of oss-s3-bridge send as bearer token.',
    generateSecretString: { passwordLength: API_TOKEN_CHARACTERS, excludePunctuation: true },
  });
  return { API_TOKEN: EcsSecret.fromSecretsManager(apiToken) };
}

/** What it takes to read the OSS key; also to decrypt it, where a KMS key of the user encrypts it. */
export function ossKeyStatements(
  scope: Construct,
  { worker, ossSecretKeyArn }: Parameters,
): readonly PolicyStatement[] {
  const { ossSecret } = worker;
  const { partition, region, account: accountId } = Stack.of(scope);
  const arn = secretArn(ossSecret, { partition, region, accountId });
  const read = new PolicyStatement({
    sid: 'OssKey',
    actions: [ossSecret.kind === 'ssm' ? 'ssm:GetParameter' : 'secretsmanager:GetSecretValue'],
    resources: ossSecret.kind === 'ssm' ? [arn] : [arn, `${arn}${ANY_SUFFIX}`],
  });
  if (ossSecretKeyArn === undefined) return [read];
  return [read, new PolicyStatement({ sid: 'OssSecretKey', actions: ['kms:Decrypt'], resources: [ossSecretKeyArn] })];
}
