// What the worker may do in AWS: the statements of deploy/policies/aws-worker*.json, the ledger, and the protection of its own task. A test compares
// them with those files.

import { Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ledgerStatements } from './ledger-table.ts';
import type { Parameters } from './parameters.ts';
import type { Queues } from './queues.ts';

export interface WorkerAccess {
  readonly parameters: Parameters;
  readonly queues: Queues;
  readonly ledger: Table;
}

export function workerStatements(scope: Construct, access: WorkerAccess): readonly PolicyStatement[] {
  return [
    ...bucketStatements(scope, access.parameters),
    ...queueStatements(access.queues),
    ...ledgerStatements(access.ledger),
    protectionStatement(scope, access.parameters.name),
  ];
}

/** Of ECS tasks of this account alone. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
export function createTaskRole(scope: Construct, id: string, statements: readonly PolicyStatement[]): Role {
  const { account, region } = Stack.of(scope);
  const tasks = new ServicePrincipal('ecs-tasks.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': account },
      ArnLike: { 'aws:SourceArn': Stack.of(scope).formatArn({ service: 'ecs', region, account, resource: '*' }) },
    },
  });
  const policies = statements.length === 0 ? {} : { [id]: new PolicyDocument({ statements: [...statements] }) };
  return new Role(scope, id, { assumedBy: tasks, inlinePolicies: policies });
}

function bucketStatements(scope: Construct, { bucket, worker }: Parameters): readonly PolicyStatement[] {
  const bucketArn = Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: bucket.name });
  const objectActions = ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
  if (worker.copiesTags) objectActions.push('s3:PutObjectTagging');
  if (worker.setsAcl) objectActions.push('s3:PutObjectAcl');
  const statements = [
    new PolicyStatement({ sid: 'Objects', actions: objectActions, resources: [`${bucketArn}/${bucket.prefix}*`] }),
    new PolicyStatement({
      sid: 'ProbeObjects',
      actions: ['s3:DeleteObject'],
      resources: [`${bucketArn}/${bucket.prefix}.oss-s3-bridge-probe-*`],
    }),
    new PolicyStatement({
      sid: 'Bucket',
      actions: ['s3:ListBucket', 's3:ListBucketMultipartUploads'],
      resources: [bucketArn],
    }),
  ];
  if (bucket.kmsKeyArn !== undefined) {
    const actions = ['kms:GenerateDataKey', 'kms:Decrypt'];
    statements.push(new PolicyStatement({ sid: 'DestinationKey', actions, resources: [bucket.kmsKeyArn] }));
  }
  return statements;
}

function queueStatements({ live, backfill, deadLetters }: Queues): readonly PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'Queues',
      actions: [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:SendMessage',
        'sqs:GetQueueAttributes',
      ],
      resources: [live.queueArn, backfill.queueArn],
    }),
    new PolicyStatement({
      sid: 'DeadLetterQueue',
      actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
      resources: [deadLetters.queueArn],
    }),
  ];
}

/** A task's ARN is not known before it runs; the cluster has the name of the stack. */
function protectionStatement(scope: Construct, name: string): PolicyStatement {
  const tasks = Stack.of(scope).formatArn({ service: 'ecs', resource: 'task', resourceName: `${name}/*` });
  return new PolicyStatement({ sid: 'OwnTask', actions: ['ecs:UpdateTaskProtection'], resources: [tasks] });
}
