// The policies of exactly what was made: one document for each identity, of the files in deploy/policies.

import type { RoleToAssume } from '../../aws-worker/credentials/sts-role.ts';
import { fillTemplate, type Json, missingValues, type Placeholder, type TemplateValues } from './fill-template.ts';
import type { InitSettings } from './init-settings.ts';
import { POLICIES, type PolicyTemplate } from './policy-templates.ts';
import { aliasOf } from './template-values.ts';

export interface NamedPolicy {
  /** Of the file in deploy/policies that it begins with, without `.json`. */
  readonly name: string;
  /** Whose it is. */
  readonly attachTo: string;
  readonly document: Json;
}

export interface MissingPolicy {
  readonly name: string;
  /** Variables that would fill it in. */
  readonly missing: readonly Placeholder[];
}

export interface Policies {
  readonly complete: readonly NamedPolicy[];
  readonly incomplete: readonly MissingPolicy[];
}

type Statement = PolicyTemplate['Statement'][number];

interface Source {
  readonly name: string;
  readonly attachTo: string;
  readonly template: PolicyTemplate;
}

export function buildPolicies(settings: InitSettings, values: TemplateValues): Policies {
  const sources = [...awsSources(settings), ...aliyunSources(settings)];
  const complete = sources.flatMap(({ name, attachTo, template }) =>
    missingValues(template, values).length > 0 ? [] : [{ name, attachTo, document: fillTemplate(template, values) }],
  );
  const incomplete = sources
    .map(({ name, template }) => ({ name, missing: missingValues(template, values) }))
    .filter(({ missing }) => missing.length > 0);
  return { complete, incomplete };
}

function awsSources(settings: InitSettings): readonly Source[] {
  const { bucket, ledgerTable, queueKmsKey, ossSecret } = settings;
  const { role } = bucket;
  const queueKey = queueKmsKey === undefined ? [] : [narrowed(POLICIES.queueKms, queueKmsKey)];
  const s3 = bucketTemplates(bucket);
  const worker = joined([
    ...(role === undefined ? s3 : [POLICIES.workerS3Role]),
    POLICIES.worker,
    ...(ledgerTable === undefined ? [] : [POLICIES.workerDynamodb]),
    ...(ossSecret === undefined ? [] : [ossSecret.kind === 'ssm' ? POLICIES.workerParameter : POLICIES.workerSecret]),
    ...queueKey,
  ]);
  return [
    { name: 'aws-worker', attachTo: "AWS: the worker's role or user", template: worker },
    { name: 'aws-worker-trust', attachTo: "AWS: who may be the worker's role", template: POLICIES.workerTrust },
    ...(role === undefined ? [] : roleSources(role, joined(s3))),
    {
      name: 'aws-function-user',
      attachTo: 'AWS: the user whose key the function has',
      template: joined([POLICIES.functionUser, ...queueKey]),
    },
  ];
}

/** What S3 asks of whoever writes to the bucket, and KMS of the same. */
function bucketTemplates(bucket: InitSettings['bucket']): readonly PolicyTemplate[] {
  return [
    POLICIES.workerBucket,
    ...(bucket.hasTags ? [POLICIES.workerTags] : []),
    ...(bucket.hasAcl ? [POLICIES.workerAcl] : []),
    ...(bucket.kmsKeyId === undefined ? [] : [narrowed(POLICIES.workerKms, bucket.kmsKeyId)]),
  ];
}

function roleSources({ arn, externalId }: RoleToAssume, template: PolicyTemplate): readonly Source[] {
  const trust =
    externalId === undefined
      ? { name: 'aws-s3-role-trust', template: POLICIES.s3RoleTrust }
      : { name: 'aws-s3-role-trust-external-id', template: POLICIES.s3RoleTrustExternalId };
  return [
    { name: 'aws-worker-bucket', attachTo: `AWS: the role ${arn}`, template },
    { ...trust, attachTo: `AWS: who may assume ${arn}` },
  ];
}

function aliyunSources({ source }: InitSettings): readonly Source[] {
  return [
    {
      name: 'aliyun-reader',
      attachTo: 'Alibaba Cloud: the RAM user whose key the worker has',
      template: POLICIES.aliyunReader,
    },
    {
      name: 'aliyun-function-trust',
      attachTo: "Alibaba Cloud: who may be the function's role",
      template: POLICIES.aliyunFunctionTrust,
    },
    {
      name: 'aliyun-function-role',
      attachTo: "Alibaba Cloud: the function's role",
      template: functionRole(source),
    },
    {
      name: 'aliyun-trigger-trust',
      attachTo: "Alibaba Cloud: who may be the trigger's role",
      template: POLICIES.aliyunTriggerTrust,
    },
    {
      name: 'aliyun-trigger-role',
      attachTo: "Alibaba Cloud: the trigger's role",
      template: POLICIES.aliyunTriggerRole,
    },
  ];
}

/** Its statements in one document. */
function joined(templates: readonly PolicyTemplate[]): PolicyTemplate & { readonly [name: string]: Json } {
  const Statement = templates.flatMap(template => template.Statement);
  return { Version: templates[0]?.Version ?? '2012-10-17', Statement };
}

/** A policy cannot name an alias, but can ask for the keys that have it: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html */
function narrowed(template: PolicyTemplate, key: string): PolicyTemplate {
  const alias = aliasOf(key);
  if (alias === undefined) return template;
  const Condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } };
  return { ...template, Statement: template.Statement.map(statement => ({ ...statement, Condition })) };
}

/** Without logs it writes none; another failure destination needs another action. */
function functionRole({ logProject, failureDestination }: InitSettings['source']) {
  const statements = POLICIES.aliyunFunctionRole.Statement.filter(
    ({ Action }) => !(logProject === 'off' && Action.startsWith('log:')),
  );
  const Statement = statements.map(
    (statement): Statement =>
      failureDestination === undefined || !statement.Action.startsWith('mns:')
        ? statement
        : { ...statement, Action: destinationAction(failureDestination), Resource: failureDestination },
  );
  return { ...POLICIES.aliyunFunctionRole, Statement };
}

/** https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/result-callback */
function destinationAction(arn: string): string {
  if (arn.startsWith('acs:fc:')) return 'fc:InvokeFunction';
  return arn.includes(':/topics/') ? 'mns:PublishMessage' : 'mns:SendMessage';
}
