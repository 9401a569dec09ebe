// The way in for people. Nothing can connect to the tasks of the service. A task of this definition is one more worker, run by hand for as long as it is
// wanted (console.sh), with the door of ECS Exec: Session Manager carries the API's port to the caller, who needs IAM permissions, and CloudTrail
// notes it. Any worker answers for all backfills. It costs nothing while none runs.

import type { FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { createTaskRole, type WorkerAccess, workerStatements } from './worker-role.ts';
import { createTask, type TaskParts } from './worker-task.ts';

/** These take no resource. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html */
const SESSION_ACTIONS = [
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
];

export function createConsoleTask(scope: Construct, parts: TaskParts, access: WorkerAccess): FargateTaskDefinition {
  const sessions = new PolicyStatement({ sid: 'Sessions', actions: SESSION_ACTIONS, resources: ['*'] });
  const name = `${parts.parameters.name}-console`;
  const role = createTaskRole(scope, 'ConsoleRole', {
    statements: [...workerStatements(scope, access), sessions],
    name,
  });
  return createTask(scope, 'ConsoleTask', parts, { family: name, role, hasDoor: true });
}
