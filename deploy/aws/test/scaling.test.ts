import { describe, expect, it } from 'vitest';
import { BATCH_MAX_OBJECTS } from '../../../shared/limits.ts';
import { record } from './resolve-template.ts';
import { synthesize } from './synthesize.ts';

const { resources } = synthesize({ MIN_TASKS: '2', MAX_TASKS: '9', BACKLOG_PER_TASK: '500' });
const policy = resources.one('AWS::ApplicationAutoScaling::ScalingPolicy').properties;
const tracking = record(policy.TargetTrackingScalingPolicyConfiguration);
const metrics = record(tracking.CustomizedMetricSpecification).Metrics;
const queries = (Array.isArray(metrics) ? metrics : []).map(record);

describe('the number of tasks', () => {
  it('stays between those that were asked for, and is at least one', () => {
    expect(resources.one('AWS::ApplicationAutoScaling::ScalableTarget').properties).toEqual({
      ServiceNamespace: 'ecs',
      ScalableDimension: 'ecs:service:DesiredCount',
      ResourceId: 'service/oss-s3-bridge/oss-s3-bridge',
      MinCapacity: 2,
      MaxCapacity: 9,
    });
    const byDefault = synthesize().resources.one('AWS::ApplicationAutoScaling::ScalableTarget').properties;
    expect(byDefault).toMatchObject({ MinCapacity: 1, MaxCapacity: 4 });
  });

  it('follows one target, the backlog of each task', () => {
    expect(resources.ofType('AWS::ApplicationAutoScaling::ScalingPolicy')).toHaveLength(1);
    expect(policy.PolicyType).toBe('TargetTrackingScaling');
    expect(tracking.TargetValue).toBe(500);
    expect(tracking.PredefinedMetricSpecification).toBeUndefined();
    expect(Number(tracking.ScaleInCooldown)).toBeGreaterThan(Number(tracking.ScaleOutCooldown));
  });

  it('counts what is visible in both queues, and the tasks that run', () => {
    const visible = (id: string, queue: string) => ({
      Id: id,
      ReturnData: false,
      MetricStat: {
        Stat: 'Average',
        Metric: {
          Namespace: 'AWS/SQS',
          MetricName: 'ApproximateNumberOfMessagesVisible',
          Dimensions: [{ Name: 'QueueName', Value: queue }],
        },
      },
    });
    expect(queries.slice(0, 3)).toEqual([
      visible('live', 'oss-s3-bridge'),
      visible('backfill', 'oss-s3-bridge-backfill'),
      {
        Id: 'tasks',
        ReturnData: false,
        MetricStat: {
          Stat: 'Average',
          Metric: {
            Namespace: 'ECS/ContainerInsights',
            MetricName: 'RunningTaskCount',
            Dimensions: [
              { Name: 'ClusterName', Value: 'oss-s3-bridge' },
              { Name: 'ServiceName', Value: 'oss-s3-bridge' },
            ],
          },
        },
      },
    ]);
    expect(queries.filter(({ ReturnData }) => ReturnData === true).map(({ Id }) => Id)).toEqual(['backlog']);
  });

  const backlogs: readonly (readonly [live: number, backfill: number, tasks: number, perTask: number])[] = [
    [0, 0, 1, 0],
    [1000, 0, 1, 1000],
    [1000, 0, 4, 250],
    [0, 10, 1, 10 * BATCH_MAX_OBJECTS],
    [100, 10, 2, 50 + 5 * BATCH_MAX_OBJECTS],
    [700, 0, 0, 700],
  ];
  it.each(backlogs)(
    'takes %i live messages and %i batches, with %i tasks, for %i objects a task',
    (live, backfill, tasks, perTask) => {
      expect(evaluate(String(queries[3]?.Expression), { live, backfill, tasks })).toBe(perTask);
    },
  );
});

/** Metric math, as far as the expression uses it: arithmetic and IF. */
function evaluate(expression: string, values: Readonly<Record<string, number>>): number {
  const conditional = expression.replaceAll(/IF\(([^,]+), ([^,]+), ([^,)]+)\)/g, '(($1) ? ($2) : ($3))');
  return Function(...Object.keys(values), `return ${conditional}`)(...Object.values(values));
}
