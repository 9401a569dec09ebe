// The service: the first tasks on demand, the others on Spot. A Spot task gets SIGTERM two minutes before it goes; the worker is done in less.
// What is new replaces what is old only when it stays up, else it is rolled back.

import {
  AvailabilityZoneRebalancing,
  type CapacityProviderStrategy,
  CfnClusterCapacityProviderAssociations,
  type Cluster,
  FargatePlatformVersion,
  FargateService,
  type FargateTaskDefinition,
  PropagatedTagSource,
} from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { Network } from './network.ts';
import type { Parameters } from './parameters.ts';

export interface ServiceParts {
  readonly parameters: Parameters;
  readonly cluster: Cluster;
  readonly task: FargateTaskDefinition;
  readonly network: Network;
}

export function createService(scope: Construct, { parameters, cluster, task, network }: ServiceParts): FargateService {
  return new FargateService(scope, 'Service', {
    serviceName: parameters.name,
    cluster,
    taskDefinition: task,
    platformVersion: FargatePlatformVersion.LATEST,
    capacityProviderStrategies: capacity(parameters.scaling),
    // How many run is up to scaling.ts; a deployment leaves their number alone.
    minHealthyPercent: 100,
    maxHealthyPercent: 200,
    circuitBreaker: { rollback: true },
    enableExecuteCommand: false,
    // Tasks that were moved for balance alone would begin anew what they were at.
    availabilityZoneRebalancing: AvailabilityZoneRebalancing.DISABLED,
    propagateTags: PropagatedTagSource.SERVICE,
    vpcSubnets: network.subnets,
    securityGroups: [network.securityGroup],
    assignPublicIp: network.assignPublicIp,
  });
}

/** What the service may run on. By hand, since what `enableFargateCapacityProviders` makes is not there to be depended on. */
export function createCapacity(scope: Construct, cluster: Cluster): CfnClusterCapacityProviderAssociations {
  return new CfnClusterCapacityProviderAssociations(scope, 'Capacity', {
    cluster: cluster.clusterName,
    capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    defaultCapacityProviderStrategy: [],
  });
}

/** As many as there can be. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html */
const MAX_WEIGHT = 1000;

/**
 * A provider of weight 0 cannot be used to place tasks, says AWS, which leaves open what becomes of its base; so beyond the base one task in a thousand may be
 * on demand.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
 */
function capacity({ onDemandTasks, useSpot }: Parameters['scaling']): CapacityProviderStrategy[] {
  if (!useSpot) return [{ capacityProvider: 'FARGATE', weight: 1 }];
  const spot = { capacityProvider: 'FARGATE_SPOT', weight: MAX_WEIGHT };
  return onDemandTasks === 0 ? [spot] : [{ capacityProvider: 'FARGATE', base: onDemandTasks, weight: 1 }, spot];
}
