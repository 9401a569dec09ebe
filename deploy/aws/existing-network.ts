// A VPC that is there already. Nothing is looked up, so that a template is made without an account.

import type { EnvironmentReader } from '../../shared/environment.ts';

export interface ExistingNetwork {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** Get gateway endpoints for S3 and DynamoDB. */
  readonly routeTableIds: readonly string[];
  /** False only where the subnets have another way out. */
  readonly assignPublicIp: boolean;
}

export function readNetwork(read: EnvironmentReader): ExistingNetwork | undefined {
  const vpcId = readIds(read, 'VPC_ID', /^vpc-[0-9a-f]{8,17}$/)[0];
  const subnetIds = readIds(read, 'SUBNET_IDS', /^subnet-[0-9a-f]{8,17}$/);
  const routeTableIds = readIds(read, 'ROUTE_TABLE_IDS', /^rtb-[0-9a-f]{8,17}$/);
  const assignPublicIp = read.boolean('ASSIGN_PUBLIC_IP', true);
  if (vpcId === undefined) {
    if (subnetIds.length + routeTableIds.length > 0 || !assignPublicIp) {
      read.fault(
        'SUBNET_IDS, ROUTE_TABLE_IDS and ASSIGN_PUBLIC_IP are for an existing VPC: set VPC_ID too, or none of them.',
      );
    }
    return undefined;
  }
  if (subnetIds.length === 0)
    read.fault('SUBNET_IDS is missing: the subnets of VPC_ID for the tasks, with commas between.');
  return { vpcId, subnetIds, routeTableIds, assignPublicIp };
}

function readIds(read: EnvironmentReader, name: string, rule: RegExp): readonly string[] {
  const ids = read
    .text(name, '')
    .split(/[\s,]+/)
    .filter(id => id !== '');
  const wrong = ids.filter(id => !rule.test(id));
  if (wrong.length > 0) read.fault(`${name} has ${JSON.stringify(wrong[0])}, which is not such an id.`);
  return ids;
}
