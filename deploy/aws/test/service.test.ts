import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../shared/environment.ts';
import { record } from './resolve-template.ts';
import { synthesize } from './synthesize.ts';

const service = (changes: Environment = {}) => synthesize(changes).resources.one('AWS::ECS::Service');

describe('the service', () => {
  it('rolls a deployment back that does not stay up, and never runs fewer tasks for it', () => {
    expect(service().properties.DeploymentConfiguration).toMatchObject({
      DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
    });
  });

  it('leaves the number of its tasks to scaling, also when it is deployed again', () => {
    expect(service().properties.DesiredCount).toBeUndefined();
  });

  it('lets nobody into its containers', () => {
    expect(service().properties.EnableExecuteCommand).toBe(false);
  });

  it('moves no task for the balance of zones', () => {
    expect(service().properties.AvailabilityZoneRebalancing).toBe('DISABLED');
  });

  it('starts no task before it may pull its image and has a way to it', () => {
    const { resources } = synthesize();
    const needed = [
      ...resources.ofType('AWS::EC2::Route'),
      ...resources.ofType('AWS::EC2::SubnetRouteTableAssociation'),
    ];
    expect(needed).toHaveLength(4);
    const policies = resources.ofType('AWS::IAM::Policy').filter(({ id }) => id.startsWith('ExecutionRole'));
    expect(policies).toHaveLength(1);
    expect(service().dependsOn).toEqual(expect.arrayContaining([...needed, ...policies].map(({ id }) => id)));
  });

  const capacity: readonly (readonly [Environment, unknown])[] = [
    [
      {},
      [
        { CapacityProvider: 'FARGATE', Base: 1, Weight: 1 },
        { CapacityProvider: 'FARGATE_SPOT', Weight: 1000 },
      ],
    ],
    [
      { ON_DEMAND_TASKS: '2' },
      [
        { CapacityProvider: 'FARGATE', Base: 2, Weight: 1 },
        { CapacityProvider: 'FARGATE_SPOT', Weight: 1000 },
      ],
    ],
    [{ ON_DEMAND_TASKS: '0' }, [{ CapacityProvider: 'FARGATE_SPOT', Weight: 1000 }]],
    [{ SPOT: 'false' }, [{ CapacityProvider: 'FARGATE', Weight: 1 }]],
  ];
  it.each(capacity)('with %o runs on the capacity that was asked for', (changes, strategy) => {
    expect(service(changes).properties.CapacityProviderStrategy).toEqual(strategy);
    expect(service(changes).properties.LaunchType).toBeUndefined();
  });

  it('has a cluster that may use both, and counts its tasks', () => {
    const { resources } = synthesize();
    const associations = resources.one('AWS::ECS::ClusterCapacityProviderAssociations').properties;
    expect(associations.CapacityProviders).toEqual(['FARGATE', 'FARGATE_SPOT']);
    // Else the cluster would lose them while the service still uses them, when the stack is removed.
    const { id } = resources.one('AWS::ECS::ClusterCapacityProviderAssociations');
    expect(resources.one('AWS::ECS::Service').dependsOn).toContain(id);
    const cluster = resources.one('AWS::ECS::Cluster').properties;
    expect(cluster.ClusterSettings).toEqual([{ Name: 'containerInsights', Value: 'enabled' }]);
    // With the session of a person in it: who may see that is up to IAM.
    expect(cluster.Configuration).toBeUndefined();
  });
});

describe('a network of its own', () => {
  const { resources } = synthesize();

  it('has public subnets in two zones, and no NAT gateway to pay for', () => {
    expect(resources.ofType('AWS::EC2::Subnet')).toHaveLength(2);
    expect(resources.ofType('AWS::EC2::NatGateway')).toEqual([]);
    const ways = resources.ofType('AWS::EC2::Route').map(({ properties }) => properties);
    for (const way of ways)
      expect(way).toMatchObject({ DestinationCidrBlock: '0.0.0.0/0', GatewayId: expect.any(String) });
    expect(network(service().properties)).toMatchObject({ AssignPublicIp: 'ENABLED' });
  });

  it('reaches S3 and DynamoDB without leaving AWS, from each subnet', () => {
    const tables = resources.ofType('AWS::EC2::RouteTable').map(({ id }) => id);
    expect(tables).toHaveLength(2);
    const endpoints = resources.ofType('AWS::EC2::VPCEndpoint').map(({ properties }) => properties);
    expect(endpoints).toEqual(
      ['s3', 'dynamodb'].map(name => ({
        ServiceName: `com.amazonaws.us-west-2.${name}`,
        VpcEndpointType: 'Gateway',
        RouteTableIds: tables,
        VpcId: resources.one('AWS::EC2::VPC').id,
      })),
    );
  });

  it('lets nobody in', () => {
    const { properties } = resources.one('AWS::EC2::SecurityGroup');
    expect(properties.SecurityGroupIngress).toBeUndefined();
    expect(properties.SecurityGroupEgress).toEqual([
      expect.objectContaining({ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }),
    ]);
    expect(resources.ofType('AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });
});

describe('a network that is there already', () => {
  const given = { VPC_ID: 'vpc-0123456789abcdef0', SUBNET_IDS: 'subnet-0123456789abcdef0, subnet-0123456789abcdef1' };
  const subnets = given.SUBNET_IDS.split(', ');

  it('is used as it is', () => {
    const { resources } = synthesize(given);
    expect(resources.all.filter(({ type }) => type.startsWith('AWS::EC2::')).map(({ type }) => type)).toEqual([
      'AWS::EC2::SecurityGroup',
    ]);
    expect(resources.one('AWS::EC2::SecurityGroup').properties.VpcId).toBe(given.VPC_ID);
    expect(network(service(given).properties)).toMatchObject({ Subnets: subnets, AssignPublicIp: 'ENABLED' });
  });

  it('gets gateway endpoints on the route tables that are named', () => {
    const tables = ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'];
    const { resources } = synthesize({ ...given, ROUTE_TABLE_IDS: tables.join(',') });
    const endpoints = resources.ofType('AWS::EC2::VPCEndpoint').map(({ properties }) => properties);
    expect(endpoints).toHaveLength(2);
    for (const endpoint of endpoints) expect(endpoint).toMatchObject({ VpcId: given.VPC_ID, RouteTableIds: tables });
  });

  it('may have another way out than public addresses', () => {
    const changes = { ...given, ASSIGN_PUBLIC_IP: 'false' };
    expect(network(service(changes).properties)).toMatchObject({ AssignPublicIp: 'DISABLED' });
    expect(synthesize(changes).outputs.ConsoleNetwork).toMatch(
      /^awsvpcConfiguration=\{subnets=\[subnet-\w+,subnet-\w+\],securityGroups=\[[^\]]+\],assignPublicIp=DISABLED\}$/,
    );
  });
});

function network(properties: Readonly<Record<string, unknown>>) {
  return record(record(properties.NetworkConfiguration).AwsvpcConfiguration);
}
