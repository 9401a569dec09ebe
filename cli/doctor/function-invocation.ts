// Invokes the deployed function with an event like those of the trigger, about a key that does not exist, and looks for its message in the
// queue. That the trigger itself fires only an upload can show.

import { BridgeError } from '../../shared/bridge-error.ts';
import type { DoctorContext } from './doctor-context.ts';
import { type Finding, ok, warning } from './finding.ts';
import { type ProbeEnd, probeKey, watchProbe } from './sqs-probe-message.ts';

/** What exactly is proven by each end. */
const ENDS: Readonly<Record<ProbeEnd, string>> = {
  returned: 'Its message was received from the queue, and deleted.',
  taken: 'SQS accepted its message, and a worker took it.',
  waiting: 'SQS accepted its message, which waits behind others for a worker.',
  unseen: 'SQS accepted its message, which did not come back in time.',
};

export async function invokeAndWatch(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { fc, functionName, suffix } = await context.target();
  const { config, sqs, seams } = context;
  const key = probeKey(config.oss.prefix, suffix);
  const event = syntheticEvent(context, key);
  const send = async () => refuseOtherSummary(functionName, await fc.invoke(functionName, event, { signal }));
  const end = await watchProbe({ client: sqs, queueUrl: config.sqs.queueUrl }, send, {
    isProbe: body => keyOf(body) === key,
    signal,
    arrivalSeconds: seams.arrivalSeconds,
  });
  const text = `Given an event, it forwarded it. ${ENDS[end]} Whether OSS calls it, an upload shows.`;
  return end === 'unseen' ? warning(text, { facts: { probe: end } }) : ok(text, { facts: { probe: end } });
}

/** As the native trigger sends them. https://www.alibabacloud.com/help/en/functioncompute/fc/formats-of-event-for-different-triggers-1 */
function syntheticEvent({ config, seams }: DoctorContext, key: string): unknown {
  const { region, bucket } = config.oss;
  const record = {
    eventName: 'ObjectCreated:PutObject',
    eventSource: 'acs:oss',
    eventTime: new Date(seams.now()).toISOString(),
    eventVersion: '1.0',
    oss: {
      bucket: { name: bucket, arn: `acs:oss:${region}::${bucket}` },
      object: { key, size: 0, deltaSize: 0, eTag: 'D41D8CD98F00B204E9800998ECF8427E' },
      ossSchemaVersion: '1.0',
    },
    region,
  };
  return { events: [record] };
}

/** The handler answers only after SQS has accepted every message. */
function refuseOtherSummary(functionName: string, answer: unknown): void {
  const isObject = typeof answer === 'object' && answer !== null;
  if (isObject && 'forwarded' in answer && answer.forwarded === 1) return;
  throw new BridgeError({
    kind: 'permanent',
    code: 'function-other',
    message: `${functionName} was invoked and answered otherwise than this project's handler, which says {"received":1,"forwarded":1,"ignored":0}: another code is deployed under this name. Run s deploy again, or name the right function.`,
  });
}

function keyOf(body: string): unknown {
  try {
    const message: unknown = JSON.parse(body);
    return typeof message === 'object' && message !== null && 'key' in message ? message.key : undefined;
  } catch {
    return undefined; // Somebody else's message.
  }
}
