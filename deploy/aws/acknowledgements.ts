// What cdk-nag finds and stays as it is, each with its reason. A test runs cdk-nag, and knows these and no others.

import { type Stack, Validations } from 'aws-cdk-lib';
import type { Parameters } from './parameters.ts';

export interface Acknowledgement {
  readonly resources: readonly string[];
  readonly id: string;
  readonly reason: string;
}

const ROLES = ['WorkerRole', 'ConsoleRole'];

export function acknowledgeFindings(stack: Stack, parameters: Parameters): void {
  for (const { resources, id, reason } of acknowledgements(stack, parameters)) {
    for (const resource of resources) Validations.of(stack.node.findChild(resource)).acknowledge({ id, reason });
  }
}

export function acknowledgements(stack: Stack, parameters: Parameters): readonly Acknowledgement[] {
  return [...ofRoles(stack, parameters), ...ofTasks(), ...ofNetwork(parameters)];
}

function ofRoles(stack: Stack, parameters: Parameters): readonly Acknowledgement[] {
  const { partition } = stack;
  const { name, region } = parameters;
  return [
    ...ofBucket(stack, parameters),
    {
      resources: ROLES,
      id: iam5(`arn:${partition}:ecs:${region}:<AWS::AccountId>:task/${name}/*`),
      reason: 'A task protects itself, and its ARN is not known before it runs; the cluster has no other tasks.',
    },
    {
      resources: ['ConsoleRole'],
      id: iam5('*'),
      reason: 'The four actions of ssmmessages take no resource.',
    },
    {
      resources: ['ExecutionRole'],
      id: iam5('*'),
      reason: 'ecr:GetAuthorizationToken takes no resource.',
    },
  ];
}

/** Where the worker's own roles have it. */
function ofBucket({ partition }: Stack, { bucket, worker }: Parameters): readonly Acknowledgement[] {
  if (worker.s3RoleArn !== undefined) return [];
  const objects = `arn:${partition}:s3:::${bucket.name}/${bucket.prefix}`;
  return [
    {
      resources: ROLES,
      id: iam5(`${objects}*`),
      reason: 'The worker writes the keys that the source has: any that begin with the prefix.',
    },
    {
      resources: ROLES,
      id: iam5(`${objects}.oss-s3-bridge-probe-*`),
      reason: 'Each start probes the bucket with a key of its own, and may delete nothing else.',
    },
  ];
}

function ofTasks(): readonly Acknowledgement[] {
  return [
    {
      resources: ['WorkerTask', 'ConsoleTask'],
      id: 'AwsSolutions-ECS2',
      reason: 'The environment holds names and numbers; what is secret comes from Secrets Manager.',
    },
    {
      resources: ['ApiToken'],
      id: 'AwsSolutions-SMG4',
      reason: 'People and scripts hold this token: they rotate it when it suits them (README).',
    },
  ];
}

function ofNetwork({ network }: Parameters): readonly Acknowledgement[] {
  if (network !== undefined) return [];
  return [
    {
      resources: ['Vpc'],
      id: 'AwsSolutions-VPC7',
      reason:
        'Nothing in it accepts connections, and flow logs charge for each gigabyte of them: whoever wants them adds them.',
    },
  ];
}

function iam5(resource: string): string {
  return `AwsSolutions-IAM5[Resource::${resource}]`;
}
