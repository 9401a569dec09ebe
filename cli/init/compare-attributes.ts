// What of a queue that exists is not as it would be made, and whether changing it can hurt anybody. Pure: texts in, differences out.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

import { BATCH_MESSAGE_MAX_BYTES } from '../../shared/limits.ts';
import { isRecord, parseJson } from './json.ts';
import { policyForm } from './policy-form.ts';
import type { Difference } from './resource.ts';

export type Attributes = Readonly<Record<string, string>>;

const NONE = 'none';

/** @param wanted as CreateQueue would get them @param found as GetQueueAttributes shows them */
export function compareAttributes(wanted: Attributes, found: Attributes): readonly Difference[] {
  return [
    ...compareNumber('MessageRetentionPeriod', wanted, found),
    ...compareNumber('VisibilityTimeout', wanted, found),
    ...compareEncryption(wanted, found),
    ...compareRedrive(wanted, found),
    ...compareRedriveAllow(wanted, found),
    ...comparePolicy(wanted, found),
    ...(wanted.RedrivePolicy === undefined ? [] : compareDefaults(found)),
  ];
}

/** Retention is the longest that there is, and the worker asks for its own visibility at each receive: neither takes anything from anybody. */
function compareNumber(setting: string, wanted: Attributes, found: Attributes): readonly Difference[] {
  const [wouldBe, is] = [wanted[setting], found[setting] ?? NONE];
  if (wouldBe === undefined || Number(is) === Number(wouldBe)) return [];
  return [{ setting, is, wouldBe, isSafe: true }];
}

function compareEncryption(wanted: Attributes, found: Attributes): readonly Difference[] {
  const [is, wouldBe] = [encryptionOf(found), encryptionOf(wanted)];
  if (is === wouldBe || (wanted.KmsMasterKeyId !== undefined && isSameKey(wanted.KmsMasterKeyId, found.KmsMasterKeyId)))
    return [];
  // A key asks permissions of all who send and receive; SQS's own encryption asks nothing of anybody.
  const isSafe = is === NONE && wanted.KmsMasterKeyId === undefined;
  const note = isSafe ? {} : { note: 'Whoever sends and receives needs permissions on a KMS key.' };
  return [
    {
      setting: wanted.KmsMasterKeyId === undefined ? 'SqsManagedSseEnabled' : 'KmsMasterKeyId',
      is,
      wouldBe,
      isSafe,
      ...note,
    },
  ];
}

function encryptionOf(attributes: Attributes): string {
  if (attributes.KmsMasterKeyId !== undefined) return `KMS key ${attributes.KmsMasterKeyId}`;
  return attributes.SqsManagedSseEnabled === 'true' ? 'by SQS itself' : NONE;
}

/** An id and an alias are also the ends of their ARNs. */
function isSameKey(wanted: string, found: string | undefined): boolean {
  const endOf = (key: string) => /^arn:[^:]+:kms:[^:]+:\d+:(?:key\/)?(.+)$/.exec(key)?.[1] ?? key;
  return found !== undefined && endOf(found) === endOf(wanted);
}

function compareRedrive(wanted: Attributes, found: Attributes): readonly Difference[] {
  const wouldBe = redriveOf(wanted.RedrivePolicy);
  if (wouldBe === undefined) return [];
  const is = redriveOf(found.RedrivePolicy);
  const isSameTarget = is?.target === wouldBe.target;
  if (isSameTarget && is.count === wouldBe.count) return [];
  const say = ({ target, count }: Redrive) => `after ${count} receives to ${target}`;
  return [
    {
      setting: 'RedrivePolicy',
      is: is === undefined ? NONE : say(is),
      wouldBe: say(wouldBe),
      isSafe: is === undefined || isSameTarget,
      ...(is === undefined || isSameTarget ? {} : { note: 'Its dead letters would go to another queue from then on.' }),
    },
  ];
}

interface Redrive {
  readonly target: string;
  readonly count: number;
}

function redriveOf(text: string | undefined): Redrive | undefined {
  const policy = text === undefined ? undefined : parseJson(text);
  if (!isRecord(policy) || typeof policy.deadLetterTargetArn !== 'string') return undefined;
  return { target: policy.deadLetterTargetArn, count: Number(policy.maxReceiveCount) };
}

function compareRedriveAllow(wanted: Attributes, found: Attributes): readonly Difference[] {
  if (wanted.RedriveAllowPolicy === undefined) return [];
  const [is, wouldBe] = [sourcesOf(found.RedriveAllowPolicy), sourcesOf(wanted.RedriveAllowPolicy)];
  if (is === wouldBe) return [];
  const note = 'Other queues that use it as their dead-letter queue would lose it.';
  return [{ setting: 'RedriveAllowPolicy', is, wouldBe, isSafe: false, note }];
}

function sourcesOf(text: string | undefined): string {
  const policy = text === undefined ? undefined : parseJson(text);
  const everybody = 'every queue of the account';
  if (!isRecord(policy)) return everybody;
  if (policy.redrivePermission === 'denyAll') return 'no queue';
  if (policy.redrivePermission !== 'byQueue') return everybody;
  return [policy.sourceQueueArns ?? []].flat().map(String).sort().join(', ');
}

function comparePolicy(wanted: Attributes, found: Attributes): readonly Difference[] {
  if (wanted.Policy === undefined) return [];
  const is = found.Policy ?? '';
  if (policyForm(is) === policyForm(wanted.Policy)) return [];
  const isSafe = is === '';
  const note = isSafe ? {} : { note: 'Somebody wrote this policy for a reason; merge the two by hand.' };
  return [{ setting: 'Policy', is: isSafe ? NONE : is, wouldBe: wanted.Policy, isSafe, ...note }];
}

/** What a new queue has anyway, and without which a worker is late or cannot send at all. */
function compareDefaults(found: Attributes): readonly Difference[] {
  const { DelaySeconds: delay = '0', MaximumMessageSize: size = String(BATCH_MESSAGE_MAX_BYTES) } = found;
  const late = { setting: 'DelaySeconds', is: delay, wouldBe: '0', isSafe: true };
  const small = { setting: 'MaximumMessageSize', is: size, wouldBe: '1048576', isSafe: true };
  return [...(Number(delay) === 0 ? [] : [late]), ...(Number(size) >= BATCH_MESSAGE_MAX_BYTES ? [] : [small])];
}
