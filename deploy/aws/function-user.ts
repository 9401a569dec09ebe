// Who the function on Alibaba Cloud is in AWS: it may send to the live queue, and nothing else. Its access key is made by hand, once: one that the
// stack made could be read by whoever may read the stack.

import { PolicyStatement, User } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export function createFunctionUser(
  scope: Construct,
  { name, liveQueue }: { readonly name: string; readonly liveQueue: IQueue },
): User {
  const user = new User(scope, 'FunctionUser', { userName: `${name}-function` });
  user.addToPolicy(
    new PolicyStatement({ sid: 'SendEvents', actions: ['sqs:SendMessage'], resources: [liveQueue.queueArn] }),
  );
  return user;
}
