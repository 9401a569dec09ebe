import { describe, expect, it } from 'vitest';
import { LEDGER_TABLE, type Resource } from './resolve-template.ts';
import { ACCOUNT, synthesize } from './synthesize.ts';

const TOPIC = `arn:aws:sns:us-west-2:${ACCOUNT}:operators`;

function alarmOn(metric: string, changes = {}) {
  return synthesize(changes).resources.one(
    'AWS::CloudWatch::Alarm',
    ({ properties }) => properties.MetricName === metric,
  ).properties;
}

const ofLiveQueue = (MetricName: string) => ({
  MetricName,
  Namespace: 'AWS/SQS',
  Dimensions: [{ Name: 'QueueName', Value: 'oss-s3-bridge' }],
});
const above = (threshold: number) => ({ ComparisonOperator: 'GreaterThanThreshold', Threshold: threshold });

describe('an alarm', () => {
  it('is given for each dead letter', () => {
    expect(alarmOn('ApproximateNumberOfMessagesVisible')).toMatchObject({
      ...above(0),
      Namespace: 'AWS/SQS',
      Dimensions: [{ Name: 'QueueName', Value: 'oss-s3-bridge-dead-letters' }],
      Statistic: 'Maximum',
      EvaluationPeriods: 1,
    });
  });

  it('is given when live events wait for more than 15 minutes', () => {
    const isOfMetrics = ({ properties }: Resource) => properties.Metrics !== undefined;
    const { Metrics, ...rest } = synthesize().resources.one('AWS::CloudWatch::Alarm', isOfMetrics).properties;
    expect(rest).toMatchObject(above(900));
    expect(Metrics).toMatchObject([
      { Expression: 'IF(waiting > 0, age, 0)' },
      { Id: 'age', MetricStat: { Metric: ofLiveQueue('ApproximateAgeOfOldestMessage'), Stat: 'Maximum', Period: 60 } },
      { Id: 'waiting', MetricStat: { Metric: ofLiveQueue('ApproximateNumberOfMessagesVisible') }, ReturnData: false },
    ]);
  });

  it('is given when no task runs, and when nobody says whether one does', () => {
    expect(alarmOn('RunningTaskCount')).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
      Namespace: 'ECS/ContainerInsights',
    });
  });

  it.each(['ReadThrottleEvents', 'WriteThrottleEvents'])('is given for %s of the ledger', metric => {
    expect(alarmOn(metric)).toMatchObject({
      ...above(0),
      Namespace: 'AWS/DynamoDB',
      Dimensions: [{ Name: 'TableName', Value: LEDGER_TABLE }],
      Statistic: 'Sum',
      TreatMissingData: 'notBreaching',
    });
  });
});

describe('alarms', () => {
  it('go to the topic that was named, and come back from it', () => {
    const alarms = synthesize({ ALARM_TOPIC_ARN: TOPIC }).resources.ofType('AWS::CloudWatch::Alarm');
    expect(alarms).toHaveLength(5);
    for (const { properties } of alarms) {
      expect(properties).toMatchObject({ AlarmActions: [TOPIC], OKActions: [TOPIC] });
      expect(properties.AlarmDescription).toMatch(/: .+\.$/);
    }
  });

  it('are there without one, too', () => {
    const alarms = synthesize().resources.ofType('AWS::CloudWatch::Alarm');
    expect(alarms).toHaveLength(5);
    for (const { properties } of alarms) expect(properties.AlarmActions).toBeUndefined();
  });
});
