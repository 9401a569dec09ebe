// Where the tasks run. A new VPC has public subnets and no NAT gateway, which would charge for each gigabyte that comes from OSS. Nothing may connect
// to a task: its security group lets nobody in, and the worker listens on its own loopback only.

import { Stack } from 'aws-cdk-lib';
import {
  CfnVPCEndpoint,
  IpAddresses,
  type IVpc,
  SecurityGroup,
  Subnet,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { ExistingNetwork } from './existing-network.ts';

export interface Network {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly assignPublicIp: boolean;
  readonly securityGroup: SecurityGroup;
}

const AVAILABILITY_ZONES = 2;
/** What has a gateway endpoint costs nothing there and stays within AWS. https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html */
const WITH_GATEWAY_ENDPOINT = { S3: 's3', DynamoDB: 'dynamodb' };

export function createNetwork(scope: Construct, existing: ExistingNetwork | undefined): Network {
  const { routeTableIds, ...found } = existing === undefined ? newVpc(scope) : givenVpc(scope, existing);
  const { vpc } = found;
  for (const [name, service] of routeTableIds.length === 0 ? [] : Object.entries(WITH_GATEWAY_ENDPOINT)) {
    const serviceName = `com.amazonaws.${Stack.of(scope).region}.${service}`;
    new CfnVPCEndpoint(scope, `${name}Endpoint`, {
      vpcId: vpc.vpcId,
      serviceName,
      vpcEndpointType: 'Gateway',
      routeTableIds: [...routeTableIds],
    });
  }
  const securityGroup = new SecurityGroup(scope, 'WorkerSecurityGroup', {
    vpc,
    description: 'Workers: out to OSS and AWS, nothing in.',
    allowAllOutbound: true,
  });
  return { ...found, securityGroup };
}

/** As `aws ecs run-task --network-configuration` takes it. */
export function describeForRunTask({ vpc, subnets, securityGroup, assignPublicIp }: Network): string {
  const { subnetIds } = vpc.selectSubnets(subnets);
  const publicIp = assignPublicIp ? 'ENABLED' : 'DISABLED';
  return `awsvpcConfiguration={subnets=[${subnetIds.join(',')}],securityGroups=[${securityGroup.securityGroupId}],assignPublicIp=${publicIp}}`;
}

type Found = Omit<Network, 'securityGroup'> & { readonly routeTableIds: readonly string[] };

function newVpc(scope: Construct): Found {
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
    maxAzs: AVAILABILITY_ZONES,
    natGateways: 0,
    subnetConfiguration: [{ name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: false }],
  });
  return {
    vpc,
    subnets: { subnetType: SubnetType.PUBLIC },
    assignPublicIp: true,
    routeTableIds: vpc.publicSubnets.map(({ routeTable }) => routeTable.routeTableId),
  };
}

function givenVpc(scope: Construct, { vpcId, subnetIds, routeTableIds, assignPublicIp }: ExistingNetwork): Found {
  return {
    // Its zones matter only where subnets are chosen by zone; here they are named.
    vpc: Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones: ['any'] }),
    subnets: { subnets: subnetIds.map((id, index) => Subnet.fromSubnetId(scope, `Subnet${index + 1}`, id)) },
    assignPublicIp,
    routeTableIds,
  };
}
