// The same stack wherever AWS is: no name of one partition in another's template.

import { describe, expect, it } from 'vitest';
import { LEDGER_TABLE } from './resolve-template.ts';
import { ACCOUNT, synthesize } from './synthesize.ts';

const places = [
  ['us-west-2', 'aws', 'amazonaws.com'],
  ['eu-central-1', 'aws', 'amazonaws.com'],
  ['ap-southeast-1', 'aws', 'amazonaws.com'],
  ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
  ['cn-northwest-1', 'aws-cn', 'amazonaws.com.cn'],
  ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
] as const;

describe.each(places)('in %s', (region, partition, suffix) => {
  const synthesized = () => synthesize({ AWS_REGION: region });
  const withRole = () =>
    synthesize({ AWS_REGION: region, S3_ROLE_ARN: `arn:${partition}:iam::444455556666:role/bridge-writer` });

  it('every ARN is of its partition', () => {
    const text = JSON.stringify([synthesized().resources.all, synthesized().outputs, withRole().resources.all]);
    const partitions = new Set([...text.matchAll(/arn:([a-z-]+):/g)].map(([, found]) => found));
    expect(partitions).toEqual(new Set([partition]));
    const template = JSON.stringify(synthesized().template.toJSON());
    expect([...template.matchAll(/arn:([a-z-]+):/g)].filter(([, found]) => found !== partition)).toEqual([]);
  });

  it('queues, bucket and endpoints are of that region', () => {
    const { resources, outputs } = synthesized();
    expect(outputs.LiveQueueUrl).toBe(`https://sqs.${region}.${suffix}/${ACCOUNT}/oss-s3-bridge`);
    const names = resources.ofType('AWS::EC2::VPCEndpoint').map(({ properties }) => properties.ServiceName);
    expect(names).toEqual([`com.amazonaws.${region}.s3`, `com.amazonaws.${region}.dynamodb`]);
    expect(JSON.stringify(resources.all)).toContain(`arn:${partition}:s3:::my-destination/*`);
    const others = places.map(([name]) => name).filter(name => name !== region);
    for (const other of others) expect(JSON.stringify(resources.all)).not.toContain(other);
  });
});

describe('a template', () => {
  it('is made without an account, and looks nothing up', () => {
    const template = JSON.stringify(synthesize().template.toJSON());
    expect(template).not.toMatch(/\d{12}/);
    expect(template).not.toContain('dummy');
  });

  it('is ASCII, since CloudFormation shows nothing else right', () => {
    expect(JSON.stringify(synthesize().template.toJSON())).toMatch(/^[\x20-\x7e]*$/);
  });

  it('says what a person needs to know of it', () => {
    expect(synthesize().outputs).toMatchObject({
      FunctionUser: 'oss-s3-bridge-function',
      LedgerTable: LEDGER_TABLE,
      ApiTokenSecret: 'oss-s3-bridge/api-token',
      Cluster: 'oss-s3-bridge',
      Service: 'oss-s3-bridge',
      LogGroup: '/oss-s3-bridge/oss-s3-bridge',
      ConsoleTask: 'oss-s3-bridge-console',
    });
  });

  it('holds no resource of a kind that nobody has looked at', () => {
    const kinds = new Set(synthesize().resources.all.map(({ type }) => type));
    expect([...kinds].sort()).toEqual([
      'AWS::ApplicationAutoScaling::ScalableTarget',
      'AWS::ApplicationAutoScaling::ScalingPolicy',
      'AWS::CloudWatch::Alarm',
      'AWS::DynamoDB::Table',
      'AWS::EC2::InternetGateway',
      'AWS::EC2::Route',
      'AWS::EC2::RouteTable',
      'AWS::EC2::SecurityGroup',
      'AWS::EC2::Subnet',
      'AWS::EC2::SubnetRouteTableAssociation',
      'AWS::EC2::VPC',
      'AWS::EC2::VPCEndpoint',
      'AWS::EC2::VPCGatewayAttachment',
      'AWS::ECS::Cluster',
      'AWS::ECS::ClusterCapacityProviderAssociations',
      'AWS::ECS::Service',
      'AWS::ECS::TaskDefinition',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::IAM::User',
      'AWS::Logs::LogGroup',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::SecretsManager::Secret',
    ]);
  });
});
