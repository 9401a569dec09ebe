// Who is about to change which account. It needs no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html

import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { partitionOf } from '../../shared/aws-partition.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import { type AwsConnection, callAws, clientConfig } from './aws-connection.ts';
import type { Identity } from './template-values.ts';

/** @throws BridgeError: no credentials, or AWS does not accept them in this region's partition */
export async function findIdentity(connection: AwsConnection, signal: AbortSignal): Promise<Identity> {
  const client = new STSClient(clientConfig(connection, 'STS'));
  const request = { operation: 'STS GetCallerIdentity', action: 'sts:GetCallerIdentity', resource: connection.region };
  try {
    const { Account, Arn } = await callAws(request, signal, options =>
      client.send(new GetCallerIdentityCommand({}), options),
    );
    if (Account === undefined || Arn === undefined || !/^\d{12}$/.test(Account)) throw notSts(connection);
    refuseOtherPartition(Arn, connection.region);
    return { accountId: Account, arn: Arn };
  } finally {
    client.destroy();
  }
}

/** Such keys are refused by most of AWS anyway, in words that nobody understands. */
function refuseOtherPartition(arn: string, region: string): void {
  const [found = '', wanted] = [arn.split(':')[1], partitionOf(region).name];
  if (found === wanted) return;
  throw new BridgeError({
    kind: 'permanent',
    code: 'aws-credentials',
    message: `The credentials are those of ${arn}, of the partition ${found}, and AWS_REGION=${region} is of ${wanted}. Set AWS_REGION, or use keys of that partition.`,
  });
}

function notSts({ endpoints }: AwsConnection): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'aws-not-supported',
    message: `STS GetCallerIdentity: the answer has no account. What answers is not AWS; look at AWS_ENDPOINT_URL_STS (${endpoints.STS ?? 'not set'}) and at what stands between.`,
  });
}
