// The rule that ends abandoned uploads, as a resource of the bucket. S3 has no condition for such a write: a rule that somebody adds in the second
// between our look and our write would be lost, so it is looked at right before, and afterwards.

import {
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
  type TransitionDefaultMinimumObjectSize,
} from '@aws-sdk/client-s3';
import { type BridgeError, hasCode } from '../../shared/bridge-error.ts';
import { type AwsConnection, callAws, clientConfig, hasAwsCode } from './aws-connection.ts';
import type { InitSettings } from './init-settings.ts';
import { type Finding, type Resource, sightOf } from './resource.ts';
import { planLifecycle, type WantedRule } from './s3-lifecycle-rule.ts';
import { type Patience, untilShown } from './settle.ts';

interface Configuration {
  readonly rules: readonly LifecycleRule[];
  /** Of the whole bucket; a write without it would set it back. */
  readonly minimumSize: TransitionDefaultMinimumObjectSize | undefined;
}

export interface LifecycleResource extends Resource {
  close(): void;
}

export function createLifecycleResource(options: {
  readonly connection: AwsConnection;
  readonly bucket: InitSettings['bucket'];
  readonly rule: WantedRule;
  readonly patience: Patience;
}): LifecycleResource {
  const { bucket, rule, patience } = options;
  const client = new S3Client({
    ...clientConfig(options.connection, 'S3', bucket.region),
    forcePathStyle: bucket.forcePathStyle,
  });
  const requestOf = (verb: 'Get' | 'Put') => ({
    operation: `S3 ${verb}BucketLifecycleConfiguration`,
    action: `s3:${verb}LifecycleConfiguration`,
    resource: `bucket ${bucket.name}`,
  });
  const read = async (signal: AbortSignal): Promise<Configuration> => {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket.name });
    try {
      const answer = await callAws(requestOf('Get'), signal, sending => client.send(command, sending));
      return { rules: answer.Rules ?? [], minimumSize: answer.TransitionDefaultMinimumObjectSize };
    } catch (error) {
      if (hasAwsCode(error, 'NoSuchLifecycleConfiguration')) return { rules: [], minimumSize: undefined };
      throw error;
    }
  };
  const look = async (signal: AbortSignal): Promise<Finding> => {
    const plan = planLifecycle((await read(signal)).rules, rule);
    if (plan.state !== 'equal') return plan.state === 'missing' ? { state: 'missing' } : plan;
    if (plan.ruleId === rule.id) return { state: 'equal' };
    const { ruleId, days, prefix } = plan;
    return { state: 'equal', note: `rule ${ruleId} ends uploads under ${JSON.stringify(prefix)} after ${days} days` };
  };
  const inspect = (signal: AbortSignal) => unlessLeft(bucket, () => look(signal));
  return {
    kind: 'lifecycle rule',
    name: rule.id,
    settings: [`of bucket ${bucket.name}`, `ends uploads under ${JSON.stringify(rule.prefix)} after ${rule.days} days`],
    inspect,
    create: signal =>
      unlessLeft(bucket, async () => {
        const { rules, minimumSize } = await read(signal);
        const plan = planLifecycle(rules, rule);
        if (plan.state === 'missing') {
          const command = new PutBucketLifecycleConfigurationCommand({
            Bucket: bucket.name,
            LifecycleConfiguration: { Rules: [...plan.rules] },
            ...(minimumSize === undefined ? {} : { TransitionDefaultMinimumObjectSize: minimumSize }),
          });
          await callAws(requestOf('Put'), signal, sending => client.send(command, sending));
        }
        const isShown = async () => sightOf(await look(signal));
        return await untilShown(`lifecycle rule of bucket ${bucket.name}`, isShown, { patience, signal });
      }),
    // No difference of a rule is safe: it decides over the uploads of others, too.
    update: (_, signal) => inspect(signal),
    close: () => client.destroy(),
  };
}

/** The worker's role for the bucket need not be allowed anything about its rules, nor be open to whoever runs init. */
async function unlessLeft({ name, role }: InitSettings['bucket'], act: () => Promise<Finding>): Promise<Finding> {
  try {
    return await act();
  } catch (error) {
    if (role === undefined || !isDenied(error)) throw error;
    const reason = `${role.arn} is not for whoever runs init, or not for lifecycle rules, and the worker does without (${error.message}). So whoever owns ${name} adds the rule of deploy/policies/aws-bucket-lifecycle.json to it: its README, Variations.`;
    return { state: 'left', reason };
  }
}

/** By S3, or by STS, which has other codes for what is wrong with whoever asks. */
function isDenied(error: unknown): error is BridgeError {
  if (hasCode(error, 'aws-access-denied')) return true;
  return (
    hasCode(error, 'destination-credentials') && error.cause instanceof Error && /^AccessDenied/.test(error.cause.name)
  );
}
