// What goes wrong all the time while workers are ended at random: a few percent of all requests are slow, refused, cut off, answered wrongly, or have
// effects of which nobody hears.

import type { Fault, FaultRule } from '../../local/faults/fault-rule.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { LARGE_ROOT, ROOT } from './planned-waves.ts';

const SLOW: Fault = { kind: 'latency', milliseconds: 5, jitterMilliseconds: 60 };
/** Between what a write is judged by and what it does. */
const SLOW_INSIDE: Fault = { kind: 'latency', milliseconds: 10, jitterMilliseconds: 100, at: 'before-effect' };
const REFUSED: Fault = { kind: 'status', status: 503 };
const ANSWER_LOST: Fault = { kind: 'reset', at: 'after' };

type Trouble = Pick<FaultRule, 'service' | 'operation' | 'keyPrefix' | 'probability' | 'fault'>;

const OF_OSS: readonly Trouble[] = [
  { service: 'oss', operation: 'ListObjectsV2', probability: 0.01, fault: REFUSED },
  { service: 'oss', operation: ['GetObject', 'HeadObject'], probability: 0.2, fault: SLOW },
  { service: 'oss', operation: ['GetObject', 'HeadObject'], probability: 0.01, fault: REFUSED },
  { service: 'oss', operation: ['GetObject', 'HeadObject'], probability: 0.01, fault: { kind: 'reset', at: 'before' } },
  { service: 'oss', operation: 'GetObject', probability: 0.01, fault: { kind: 'reset', at: 'in-response-body' } },
  { service: 'oss', operation: 'GetObject', probability: 0.01, fault: { kind: 'truncate', length: 'right' } },
  { service: 'oss', operation: 'GetObject', probability: 0.005, fault: { kind: 'flip' } },
];

const WRITES = ['PutObject', 'UploadPart', 'CreateMultipartUpload', 'CompleteMultipartUpload', 'AbortMultipartUpload'];
const OF_UPLOADS = ['CreateMultipartUpload', 'CompleteMultipartUpload', 'AbortMultipartUpload', 'ListParts'];

const OF_S3: readonly Trouble[] = [
  { service: 's3', operation: [...WRITES, 'HeadObject'], probability: 0.1, fault: SLOW },
  { service: 's3', operation: WRITES, probability: 0.1, fault: SLOW_INSIDE },
  { service: 's3', operation: [...WRITES, 'HeadObject'], probability: 0.01, fault: REFUSED },
  { service: 's3', operation: WRITES, probability: 0.01, fault: ANSWER_LOST },
  {
    service: 's3',
    operation: ['PutObject', 'UploadPart'],
    probability: 0.01,
    fault: { kind: 'reset', at: 'in-request-body' },
  },
  { service: 's3', operation: 'UploadPart', probability: 0.02, fault: { kind: 'flip', of: 'request' } },
  { service: 's3', operation: OF_UPLOADS, probability: 0.1, fault: ANSWER_LOST },
  { service: 's3', operation: OF_UPLOADS, probability: 0.05, fault: REFUSED },
];

const BATCHES = ['SendMessageBatch', 'DeleteMessageBatch', 'ChangeMessageVisibilityBatch'];

const OF_SQS: readonly Trouble[] = [
  { service: 'sqs', operation: [...BATCHES, 'ReceiveMessage'], probability: 0.1, fault: SLOW },
  { service: 'sqs', operation: [...BATCHES, 'ReceiveMessage'], probability: 0.02, fault: REFUSED },
  { service: 'sqs', operation: BATCHES, probability: 0.03, fault: ANSWER_LOST },
  { service: 'sqs', operation: 'ReceiveMessage', probability: 0.003, fault: ANSWER_LOST },
  { service: 'sqs', probability: 0.03, fault: { kind: 'duplicate' } },
];

/** Large objects take long enough to be struck in their midst. */
const narrow = (mebibytesPerSecond: number): Trouble => ({
  service: 'oss',
  operation: 'GetObject',
  keyPrefix: LARGE_ROOT,
  probability: 1,
  fault: { kind: 'bandwidth', bytesPerSecond: mebibytesPerSecond * MEBIBYTE },
});

export const STEADY_TROUBLE: readonly Trouble[] = [...OF_OSS, ...OF_S3, ...OF_SQS, narrow(24)];
/** Slow, and nothing else: large objects take longer than a worker that stops may. */
export const STEADY_SLOWNESS: readonly Trouble[] = [...STEADY_TROUBLE.filter(({ fault }) => fault === SLOW), narrow(2)];

export function addTrouble({ faults }: LocalCloud, trouble: readonly Trouble[], seed: number): void {
  for (const [number, rule] of trouble.entries()) {
    // The checks of a worker that starts are let be: refused, they are tried again seconds later, and half of the fleet would be waiting.
    const isOfKeys = rule.service !== 'sqs' && rule.operation !== 'ListObjectsV2';
    faults.add({ ...(isOfKeys ? { keyPrefix: ROOT } : {}), ...rule, seed: seed + number });
  }
}

/** How often each kind struck. */
export function struckFaults({ faults }: LocalCloud): Readonly<Record<string, number>> {
  const struck: Record<string, number> = {};
  for (const { service, fault, struck: times } of faults.list()) {
    const kind = fault.kind === 'reset' ? `reset ${fault.at}` : fault.kind;
    const name = `${service} ${kind}`;
    struck[name] = (struck[name] ?? 0) + times;
  }
  return struck;
}
