// The secrets that ECS hands to the container; no value of them passes through here. The token of the API is made by Secrets Manager.

import { Secret as EcsSecret } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Parameters } from './parameters.ts';

const API_TOKEN_CHARACTERS = 48;

export function apiTokenName(stackName: string): string {
  return `${stackName}/api-token`;
}

/** By the names of the worker's environment. */
export function createSecrets(scope: Construct, parameters: Parameters): Readonly<Record<string, EcsSecret>> {
  const ossKey = findSecret(scope, parameters.ossSecret);
  const apiToken = new Secret(scope, 'ApiToken', {
    secretName: apiTokenName(parameters.name),
    description: 'What callers of the API of oss-s3-bridge send as bearer token.',
    generateSecretString: { passwordLength: API_TOKEN_CHARACTERS, excludePunctuation: true },
  });
  return {
    OSS_ACCESS_KEY_ID: EcsSecret.fromSecretsManager(ossKey, 'access_key_id'),
    OSS_ACCESS_KEY_SECRET: EcsSecret.fromSecretsManager(ossKey, 'secret_access_key'),
    API_TOKEN: EcsSecret.fromSecretsManager(apiToken),
  };
}

function findSecret(scope: Construct, { id }: Parameters['ossSecret']): ISecret {
  if (id.startsWith('arn:')) return Secret.fromSecretCompleteArn(scope, 'OssSecret', id);
  return Secret.fromSecretNameV2(scope, 'OssSecret', id);
}

/** What it takes to read the OSS key where a KMS key of the user encrypts it. */
export function decryptStatements({ ossSecret: { kmsKeyArn } }: Parameters): readonly PolicyStatement[] {
  if (kmsKeyArn === undefined) return [];
  return [new PolicyStatement({ sid: 'OssSecretKey', actions: ['kms:Decrypt'], resources: [kmsKeyArn] })];
}
