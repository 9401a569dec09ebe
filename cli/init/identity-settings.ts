// Identities, keys and secrets that policies name: each of the partition in which everything is made.

import { type Partition, partitionInArn } from '../../shared/aws-partition.ts';
import type { EnvironmentReader } from '../../shared/environment.ts';

/** One user or role, never a whole account or everybody. */
const IDENTITY = /^arn:(aws[a-z-]*):iam::\d{12}:(user|role)\/[\w+=,.@/-]+$/;

/** Of one IAM user or role, of this partition. */
export function readIdentity(
  read: EnvironmentReader,
  given: {
    readonly option: string;
    readonly arn: string | undefined;
    readonly example: string;
    readonly partition: Partition;
  },
): string | undefined {
  const { option, arn, example, partition } = given;
  if (arn === undefined) return undefined;
  const found = IDENTITY.exec(arn)?.[1];
  if (found === undefined) {
    read.fault(
      `${option} is ${JSON.stringify(arn)}; it must be the ARN of one IAM user or role: arn:${partition.name}:iam::111122223333:${example}.`,
    );
  } else if (found !== partition.name) {
    read.fault(
      `${option} is of the partition ${found}, and the region in AWS_REGION of ${partition.name}. A policy can only name users and roles of its own partition.`,
    );
  }
  return arn;
}

/** The worker would refuse them, too. */
export function refuseOtherPartitions(
  read: EnvironmentReader,
  { partition, region, lines }: { partition: Partition; region: string; lines: Readonly<Record<string, string>> },
): void {
  for (const name of ['S3_ROLE_ARN', 'S3_KMS_KEY_ID', 'OSS_SECRET_ID']) {
    const found = partitionInArn(lines[name]);
    if (found === undefined || found === partition.name) continue;
    read.fault(`${name} is in the partition ${found}, and AWS_REGION=${region} in ${partition.name}.`);
  }
}
