// How many tasks: as many as it takes that no more than so many objects wait for each of them. Counted are objects of both queues: a message of the live
// queue is one, a message of the backfill queue is a batch, taken as a full one.
// CPU says nothing: the worker waits for the network. What waits on purpose (throttled, paused) is delayed, hence not visible, hence brings no task.
// A message in work is not counted either, and so may be scaled in under a long one: aws-worker/task-protection.ts.

import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { BATCH_MAX_OBJECTS } from '../../shared/limits.ts';
import type { Parameters } from './parameters.ts';
import type { Queues } from './queues.ts';

/** A task is at work two minutes after it was asked for; those that went are missed later than those that were not there. */
const SCALE_OUT_COOLDOWN_SECONDS = 120;
const SCALE_IN_COOLDOWN_SECONDS = 300;

type Metric = CfnScalingPolicy.TargetTrackingMetricDataQueryProperty;

export interface ScalingParts {
  readonly parameters: Parameters;
  readonly service: FargateService;
  readonly queues: Queues;
}

export function scaleOnBacklog(scope: Construct, { parameters, service, queues }: ScalingParts): void {
  const { minTasks, maxTasks, backlogPerTask } = parameters.scaling;
  const target = new CfnScalableTarget(scope, 'ScalableTarget', {
    serviceNamespace: 'ecs',
    scalableDimension: 'ecs:service:DesiredCount',
    resourceId: `service/${service.cluster.clusterName}/${service.serviceName}`,
    minCapacity: minTasks,
    maxCapacity: maxTasks,
  });
  new CfnScalingPolicy(scope, 'BacklogPerTask', {
    policyName: `${parameters.name}-backlog-per-task`,
    policyType: 'TargetTrackingScaling',
    scalingTargetId: target.ref,
    targetTrackingScalingPolicyConfiguration: {
      targetValue: backlogPerTask,
      scaleOutCooldown: SCALE_OUT_COOLDOWN_SECONDS,
      scaleInCooldown: SCALE_IN_COOLDOWN_SECONDS,
      customizedMetricSpecification: {
        metrics: [
          visibleMessages('live', queues.live),
          visibleMessages('backfill', queues.backfill),
          runningTasks(service),
          // Without a task the backlog counts as that of one.
          {
            id: 'backlog',
            label: 'Objects that wait for each task',
            expression: `(live + ${BATCH_MAX_OBJECTS} * backfill) / IF(tasks > 0, tasks, 1)`,
            returnData: true,
          },
        ],
      },
    },
  });
}

function visibleMessages(id: string, queue: IQueue): Metric {
  return statistic(id, {
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: [{ name: 'QueueName', value: queue.queueName }],
  });
}

function runningTasks(service: FargateService): Metric {
  return statistic('tasks', {
    namespace: 'ECS/ContainerInsights',
    metricName: 'RunningTaskCount',
    dimensions: [
      { name: 'ClusterName', value: service.cluster.clusterName },
      { name: 'ServiceName', value: service.serviceName },
    ],
  });
}

function statistic(id: string, metric: CfnScalingPolicy.TargetTrackingMetricProperty): Metric {
  return { id, metricStat: { metric, stat: 'Average' }, returnData: false };
}
