// What a person needs to know of a deployed stack: `aws cloudformation describe-stacks`, and the end of `npx cdk deploy`.

import { CfnOutput } from 'aws-cdk-lib';
import { Construct } from 'constructs';

export function createOutputs(
  scope: Construct,
  outputs: Readonly<Record<string, readonly [description: string, value: string]>>,
): void {
  // Beside resources of the same name.
  const group = new Construct(scope, 'Outputs');
  for (const [id, [description, value]] of Object.entries(outputs)) {
    new CfnOutput(group, id, { description, value }).overrideLogicalId(id);
  }
}
