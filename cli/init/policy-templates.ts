// The files of deploy/policies, read as modules: the same text whether the sources run or a bundle of them, and no second copy.

import aliyunFunctionRole from '../../deploy/policies/aliyun-function-role.json' with { type: 'json' };
import aliyunFunctionTrust from '../../deploy/policies/aliyun-function-trust.json' with { type: 'json' };
import aliyunReader from '../../deploy/policies/aliyun-reader.json' with { type: 'json' };
import aliyunTriggerRole from '../../deploy/policies/aliyun-trigger-role.json' with { type: 'json' };
import aliyunTriggerTrust from '../../deploy/policies/aliyun-trigger-trust.json' with { type: 'json' };
import lifecycle from '../../deploy/policies/aws-bucket-lifecycle.json' with { type: 'json' };
import deadLetterQueueAttributes from '../../deploy/policies/aws-dead-letter-queue-attributes.json' with {
  type: 'json',
};
import functionUser from '../../deploy/policies/aws-function-user.json' with { type: 'json' };
import liveQueuePolicy from '../../deploy/policies/aws-live-queue-policy.json' with { type: 'json' };
import queueAttributes from '../../deploy/policies/aws-queue-attributes.json' with { type: 'json' };
import queueKms from '../../deploy/policies/aws-queue-kms.json' with { type: 'json' };
import queuePolicy from '../../deploy/policies/aws-queue-policy.json' with { type: 'json' };
import s3RoleTrust from '../../deploy/policies/aws-s3-role-trust.json' with { type: 'json' };
import s3RoleTrustExternalId from '../../deploy/policies/aws-s3-role-trust-external-id.json' with { type: 'json' };
import worker from '../../deploy/policies/aws-worker.json' with { type: 'json' };
import workerAcl from '../../deploy/policies/aws-worker-acl.json' with { type: 'json' };
import workerBucket from '../../deploy/policies/aws-worker-bucket.json' with { type: 'json' };
import workerKms from '../../deploy/policies/aws-worker-kms.json' with { type: 'json' };
import workerDynamodb from '../../deploy/policies/aws-worker-ledger.json' with { type: 'json' };
import workerParameter from '../../deploy/policies/aws-worker-parameter.json' with { type: 'json' };
import workerS3Role from '../../deploy/policies/aws-worker-s3-role.json' with { type: 'json' };
import workerSecret from '../../deploy/policies/aws-worker-secret.json' with { type: 'json' };
import workerTags from '../../deploy/policies/aws-worker-tags.json' with { type: 'json' };
import workerTrust from '../../deploy/policies/aws-worker-trust.json' with { type: 'json' };
import type { Json } from './fill-template.ts';

/** A policy of either cloud. */
export type PolicyTemplate = {
  readonly Version: string;
  readonly Statement: readonly { readonly [member: string]: Json }[];
};

export const POLICIES = {
  worker,
  workerBucket,
  workerS3Role,
  s3RoleTrust,
  s3RoleTrustExternalId,
  workerSecret,
  workerParameter,
  workerTags,
  workerAcl,
  workerKms,
  workerDynamodb,
  workerTrust,
  functionUser,
  queueKms,
  queuePolicy,
  liveQueuePolicy,
  aliyunReader,
  aliyunFunctionTrust,
  aliyunFunctionRole,
  aliyunTriggerTrust,
  aliyunTriggerRole,
} as const satisfies Record<string, PolicyTemplate>;

/** As CreateQueue takes them: texts, some of them JSON themselves. */
export const QUEUE_ATTRIBUTES: {
  readonly work: Readonly<Record<string, string>>;
  readonly deadLetters: Readonly<Record<string, string>>;
} = { work: queueAttributes, deadLetters: deadLetterQueueAttributes };

export const LIFECYCLE_RULES = lifecycle.Rules;
