// What goes where a name stands in the files of deploy/policies.

import type { TemplateValues } from './fill-template.ts';
import type { InitSettings } from './init-settings.ts';

/** The AWS account that is about to be changed, and who changes it. */
export interface Identity {
  readonly accountId: string;
  readonly arn: string;
}

export function templateValues(settings: InitSettings, identity: Identity): TemplateValues {
  const { region, partition, bucket, source } = settings;
  const account = { partition: partition.name, region, accountId: identity.accountId };
  return defined({
    AWS_PARTITION: partition.name,
    AWS_DNS_SUFFIX: partition.dnsSuffix,
    AWS_REGION: region,
    AWS_ACCOUNT_ID: identity.accountId,
    BRIDGE_NAME: settings.name,
    QUEUE_KMS_KEY_ARN: settings.queueKmsKey && kmsKeyArn(settings.queueKmsKey, account),
    FUNCTION_USER_ARN: settings.functionUserArn,
    S3_BUCKET: bucket.name,
    S3_PREFIX: bucket.prefix,
    // A key without an ARN is one of the account that asks for it.
    S3_KMS_KEY_ARN:
      bucket.kmsKeyId &&
      kmsKeyArn(bucket.kmsKeyId, {
        ...account,
        region: bucket.region,
        accountId: accountOf(bucket.role?.arn) ?? identity.accountId,
      }),
    S3_ROLE_ARN: bucket.role?.arn,
    S3_ROLE_EXTERNAL_ID: bucket.role?.externalId,
    WORKER_ROLE_ARN:
      settings.workerRoleArn ?? `arn:${partition.name}:iam::${identity.accountId}:role/${settings.name}-worker`,
    ...secretValues(settings.ossSecret, account),
    LEDGER_TABLE: settings.ledgerTable?.table.TableName,
    OSS_BUCKET: source.bucket,
    OSS_PREFIX: source.prefix,
    OSS_REGION: source.region,
    ALIYUN_ACCOUNT_ID: source.accountId,
    FUNCTION_NAME: source.functionName,
    FAILURE_QUEUE: source.failureQueue,
    ...logValues(source),
  });
}

interface Account {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** A policy can name a key, not an alias: of one, the whole account's keys, which the policy narrows by the alias (policies.ts). */
function kmsKeyArn(key: string, { partition, region, accountId }: Account): string {
  if (key.startsWith('arn:') && !key.includes(':alias/')) return key;
  return `arn:${partition}:kms:${region}:${accountId}:key/${aliasOf(key) === undefined ? key : '*'}`;
}

function accountOf(arn: string | undefined): string | undefined {
  return arn?.split(':')[4];
}

/** Of the six characters that Secrets Manager adds to a secret's name in its ARN. */
const HAS_SUFFIX = /-[0-9A-Za-z]{6}$/;

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html#iam-resources */
function secretValues(secret: InitSettings['ossSecret'], { partition, region, accountId }: Account): TemplateValues {
  if (secret === undefined) return {};
  if (secret.kind === 'ssm') {
    const { parameterName: name } = secret;
    const isArn = name.startsWith('arn:');
    return {
      OSS_PARAMETER_ARN: isArn
        ? name
        : `arn:${partition}:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, '')}`,
    };
  }
  const { secretId } = secret;
  const isArn = secretId.startsWith('arn:');
  if (isArn && HAS_SUFFIX.test(secretId)) return { OSS_SECRET_ARN: secretId };
  const named = isArn ? secretId : `arn:${partition}:secretsmanager:${region}:${accountId}:secret:${secretId}`;
  return { OSS_SECRET_ARN: `${named}-??????` };
}

/** `alias/NAME`, of an alias or its ARN. */
export function aliasOf(key: string): string | undefined {
  return /(?:^|:)(alias\/.+)$/.exec(key)?.[1];
}

/** `logConfig: auto` makes a project of a name that begins so, with this Logstore. */
function logValues({ region, logProject, logStore }: InitSettings['source']): TemplateValues {
  if (logProject !== 'auto') return { LOG_PROJECT: logProject, LOG_STORE: logStore ?? 'oss-s3-bridge' };
  return { ...(region === undefined ? {} : { LOG_PROJECT: `serverless-${region}-*` }), LOG_STORE: 'default-logs' };
}

function defined(values: { readonly [name in keyof TemplateValues]: string | undefined }): TemplateValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
