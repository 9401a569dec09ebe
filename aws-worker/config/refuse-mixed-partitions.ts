// AWS, AWS China and GovCloud share no accounts: credentials of one are unknown in the others, and what the worker is told must lie in one of them.

import { partitionInArn, partitionOf } from '../../shared/aws-partition.ts';
import type { EnvironmentReader } from '../../shared/environment.ts';
import type { OssCredentialSource } from './oss-credential-source.ts';
import type { S3Config } from './s3-config.ts';
import type { SqsConfig } from './sqs-config.ts';

interface Named {
  readonly s3: S3Config;
  readonly sqs: SqsConfig;
  readonly oss: { readonly credentials: OssCredentialSource };
}

export function refuseMixedPartitions(read: EnvironmentReader, { s3, sqs, oss }: Named): void {
  if (sqs.region === '') return;
  const own = partitionOf(sqs.region).name;
  const secret = oss.credentials.kind === 'secrets-manager' ? oss.credentials.secretId : undefined;
  const parameter = oss.credentials.kind === 'ssm' ? oss.credentials.parameterName : undefined;
  const partitions: readonly (readonly [name: string, partition: string | undefined])[] = [
    ['S3_REGION', s3.isAtAws ? partitionOf(s3.region).name : undefined],
    ['S3_BUCKET', partitionInArn(s3.bucket)],
    ['S3_ROLE_ARN', partitionInArn(s3.role?.arn)],
    ['S3_KMS_KEY_ID', partitionInArn(s3.kmsKeyId)],
    ['OSS_SECRET_ID', partitionInArn(secret ?? parameter)],
    ['SQS_QUEUE_URL', partitionOfHost(sqs.queueUrl)],
    [
      'SQS_BACKFILL_QUEUE_URL',
      sqs.backfillQueueUrl === sqs.queueUrl ? undefined : partitionOfHost(sqs.backfillQueueUrl),
    ],
    ['SQS_DEAD_LETTER_QUEUE_URL', partitionOfHost(sqs.deadLetterQueueUrl)],
  ];
  for (const [name, partition] of partitions) {
    if (partition === undefined || partition === own) continue;
    read.fault(
      `${name} is in the partition ${partition}, and AWS_REGION=${sqs.region} in ${own}: no AWS credentials are good in both.`,
    );
  }
}

/** `sqs.REGION.…`, and the interface endpoints `vpce-….sqs.REGION.vpce.…` */
function partitionOfHost(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  const region = /(?:^|\.)([a-z]{2,}(?:-[a-z]+)+-\d)\./.exec(hostname)?.[1];
  if (region === undefined) return undefined;
  const { name, dnsSuffix } = partitionOf(region);
  return [dnsSuffix, 'api.aws'].some(suffix => hostname.endsWith(`.${suffix}`)) ? name : undefined;
}
