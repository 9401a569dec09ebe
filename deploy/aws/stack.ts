// Puts the stack together. It needs no account to be made: nothing is looked up, and the account is whoever deploys it.

import { type App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { createAlarms } from './alarms.ts';
import { createConsoleTask } from './console-task.ts';
import { createFunctionUser } from './function-user.ts';
import { createLedgerTable } from './ledger-table.ts';
import { createNetwork, describeForRunTask } from './network.ts';
import { createOutputs } from './outputs.ts';
import type { Parameters } from './parameters.ts';
import { createQueues, type Queues } from './queues.ts';
import { scaleOnBacklog } from './scaling.ts';
import { apiTokenName, createSecrets } from './secrets.ts';
import { workerImage } from './worker-image.ts';
import { createTaskRole, workerStatements } from './worker-role.ts';
import { createCapacity, createService } from './worker-service.ts';
import { createTask, PORT, type TaskParts } from './worker-task.ts';

export function buildStack(app: App, parameters: Parameters): Stack {
  const { name, region } = parameters;
  const stack = new Stack(app, name, {
    stackName: name,
    env: { region },
    description: 'oss-s3-bridge: moves an Alibaba Cloud OSS bucket into Amazon S3.',
    tags: { application: 'oss-s3-bridge', bridge: name },
  });
  const queues = createQueues(stack, name);
  const ledger = createLedgerTable(stack);
  const user = createFunctionUser(stack, { name, liveQueue: queues.live });
  const network = createNetwork(stack, parameters.network);
  const cluster = new Cluster(stack, 'Cluster', {
    clusterName: name,
    vpc: network.vpc,
    containerInsightsV2: ContainerInsights.ENABLED,
  });
  const parts = taskParts(stack, { parameters, queues, ledger });
  const access = { parameters, queues, ledger };
  const role = createTaskRole(stack, 'WorkerRole', {
    statements: workerStatements(stack, access),
    name: `${name}-worker`,
  });
  const task = createTask(stack, 'WorkerTask', parts, { family: name, role, hasDoor: false });
  const consoleTask = createConsoleTask(stack, parts, access);
  const capacity = createCapacity(stack, cluster);
  const service = createService(stack, { parameters, cluster, task, network });
  // No task before it can pull its image, and has a way to it; and it goes before what it runs on, which cannot be taken away while it is used.
  service.node.addDependency(parts.executionRole, network.vpc, capacity);
  scaleOnBacklog(stack, { parameters, service, queues });
  createAlarms(stack, { parameters, queues, service, ledger });
  createOutputs(stack, {
    LiveQueueUrl: ['QUEUE_URL of the function (REGION_NAME is the region of this stack)', queues.live.queueUrl],
    BackfillQueueUrl: ['Where backfills keep their messages', queues.backfill.queueUrl],
    DeadLetterQueueUrl: ['What nobody could work on', queues.deadLetters.queueUrl],
    LedgerTable: ['What backfills owe, and checkpoints; it outlives the stack', ledger.tableName],
    FunctionUser: ['Its access key, made with aws iam create-access-key, is what the function gets', user.userName],
    ApiTokenSecret: ['Secrets Manager: the token of the API', apiTokenName(name)],
    Cluster: ['ECS', cluster.clusterName],
    Service: ['ECS', service.serviceName],
    LogGroup: ['CloudWatch Logs', parts.logGroup.logGroupName],
    ConsoleTask: ['What console.sh runs', consoleTask.family],
    ConsoleNetwork: ['Where console.sh runs it', describeForRunTask(network)],
  });
  return stack;
}

interface Stores {
  readonly parameters: Parameters;
  readonly queues: Queues;
  readonly ledger: Table;
}

/** What the tasks of the service and of the console have in common. */
function taskParts(stack: Stack, { parameters, queues, ledger }: Stores): TaskParts {
  const { name, region, image, taskSize, worker } = parameters;
  return {
    parameters,
    image: workerImage(stack, { image, architecture: taskSize.architecture }),
    environment: {
      ...worker.environment,
      AWS_REGION: region,
      SQS_QUEUE_URL: queues.live.queueUrl,
      SQS_BACKFILL_QUEUE_URL: queues.backfill.queueUrl,
      SQS_DEAD_LETTER_QUEUE_URL: queues.deadLetters.queueUrl,
      LEDGER_URL: `dynamodb:${ledger.tableName}`,
      HOST: '127.0.0.1',
      PORT: String(PORT),
    },
    secrets: createSecrets(stack, parameters),
    executionRole: createTaskRole(stack, 'ExecutionRole', { statements: [] }),
    logGroup: new LogGroup(stack, 'Log', {
      logGroupName: `/oss-s3-bridge/${name}`,
      retention: parameters.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  };
}
