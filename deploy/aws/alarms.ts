// What a person should hear of. The lists of docs/operations.md, as far as AWS can tell without the worker's metrics.

import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Parameters } from './parameters.ts';
import type { Queues } from './queues.ts';

const MINUTE = Duration.minutes(1);
const OLDEST_LIVE_MESSAGE_SECONDS = 900;

export interface AlarmParts {
  readonly parameters: Parameters;
  readonly queues: Queues;
  readonly service: FargateService;
  readonly ledger: Table;
}

export function createAlarms(scope: Construct, { parameters, queues, service, ledger }: AlarmParts): void {
  const alarms = [
    alarm(scope, 'DeadLetters', {
      alarmDescription: 'Messages that nobody could work on: look at their Code, mend the cause, redrive.',
      metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: 'Maximum' }),
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
    }),
    alarm(scope, 'LiveEventsWait', {
      alarmDescription: 'New objects wait for more than 15 minutes: look at the log of the workers.',
      metric: ageOfWhatWaits(queues.live),
      threshold: OLDEST_LIVE_MESSAGE_SECONDS,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
    }),
    alarm(scope, 'NoTask', {
      alarmDescription: 'No worker runs: look at the events of the service, and at the log of the workers.',
      metric: runningTasks(service),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 10,
      treatMissingData: TreatMissingData.BREACHING,
    }),
    ...['ReadThrottleEvents', 'WriteThrottleEvents'].map(metricName =>
      alarm(scope, `Ledger${metricName}`, {
        alarmDescription: 'DynamoDB refuses requests of the ledger for being too many: work goes on more slowly.',
        metric: throttles(ledger, metricName),
        threshold: 0,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      }),
    ),
  ];
  if (parameters.alarmTopicArn === undefined) return;
  const action = new SnsAction(Topic.fromTopicArn(scope, 'AlarmTopic', parameters.alarmTopicArn));
  for (const each of alarms) {
    each.addAlarmAction(action);
    each.addOkAction(action);
  }
}

function alarm(scope: Construct, id: string, props: AlarmProps): Alarm {
  return new Alarm(scope, `${id}Alarm`, { treatMissingData: TreatMissingData.NOT_BREACHING, ...props });
}

/** The age alone is also that of a message in work, and one large object may take hours. */
function ageOfWhatWaits(queue: Queue): IMetric {
  const options = { period: MINUTE, statistic: 'Maximum' };
  const usingMetrics = {
    age: queue.metricApproximateAgeOfOldestMessage(options),
    waiting: queue.metricApproximateNumberOfMessagesVisible(options),
  };
  return new MathExpression({ expression: 'IF(waiting > 0, age, 0)', usingMetrics, period: MINUTE });
}

function runningTasks(service: FargateService): IMetric {
  return new Metric({
    namespace: 'ECS/ContainerInsights',
    metricName: 'RunningTaskCount',
    dimensionsMap: { ClusterName: service.cluster.clusterName, ServiceName: service.serviceName },
    period: MINUTE,
    statistic: 'Average',
  });
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html */
function throttles(table: Table, metricName: string): IMetric {
  return new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap: { TableName: table.tableName },
    period: MINUTE,
    statistic: 'Sum',
  });
}
