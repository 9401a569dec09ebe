import { SendMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { LOCAL } from '../../../local/local-cloud.ts';
import { type DoctorCase, denied } from './doctor-cases.ts';
import type { DoctorStage } from './doctor-stage.ts';

const { liveQueue, backfillQueue, deadLetterQueue } = LOCAL;

const send = ({ sqs, queueUrl }: DoctorStage, queue: string) =>
  sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(queue), MessageBody: '{"key":"k"}' }));
const set = ({ sqs, queueUrl }: DoctorStage, queue: string, Attributes: Record<string, string>) =>
  sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl(queue), Attributes }));

/** Each action that a worker needs of a queue, by the name of the IAM action. */
function deniedActions(id: string, queue: string, actions: readonly string[]): readonly DoctorCase[] {
  return actions.map(action => ({
    id,
    when: `${action} is denied`,
    status: 'problem',
    code: 'queue-access-denied',
    says: `sqs:${action}`,
    faults: [denied('sqs', action, { queue })],
  }));
}

const WORKED_ON = ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'SendMessage'];

export const SQS_CASES: readonly DoctorCase[] = [
  {
    id: 'sqs-live',
    when: 'it is well',
    status: 'ok',
    says: 'keeps messages 14 days, visibility 30 s, dead letters after 10 receives',
  },
  {
    id: 'sqs-live',
    when: 'it is not there',
    status: 'problem',
    code: 'queue-missing',
    says: 'There is no queue',
    settings: { SQS_QUEUE_URL: 'http://127.0.0.1:1/000000000000/none' },
  },
  {
    id: 'sqs-live',
    when: 'it is a FIFO queue',
    status: 'problem',
    code: 'queue-is-fifo',
    says: 'Use a standard queue',
    settings: { SQS_QUEUE_URL: 'http://127.0.0.1:1/000000000000/live.fifo' },
  },
  {
    id: 'sqs-live',
    when: 'it has no dead-letter queue',
    status: 'problem',
    code: 'no-dead-letter-queue',
    says: 'aws sqs create-queue',
    settings: { SQS_QUEUE_URL: 'http://127.0.0.1:1/000000000000/oss-s3-bridge-dead-letters' },
  },
  {
    id: 'sqs-live',
    when: 'messages are kept for four days',
    status: 'warning',
    says: 'MessageRetentionPeriod=1209600',
    arrange: stage => set(stage, liveQueue, { MessageRetentionPeriod: '345600' }),
  },
  {
    id: 'sqs-live',
    when: 'messages are delayed',
    status: 'warning',
    says: 'DelaySeconds=0',
    arrange: stage => set(stage, liveQueue, { DelaySeconds: '60' }),
  },
  { id: 'sqs-live-use', when: 'all is allowed', status: 'ok', says: 'was sent, received and deleted' },
  ...deniedActions('sqs-live-use', liveQueue, WORKED_ON),
  {
    id: 'sqs-live-use',
    when: 'others wait, which are left alone',
    status: 'ok',
    says: 'waits behind others for a worker',
    arrange: stage => send(stage, liveQueue),
    leaves: 2,
  },
  {
    id: 'sqs-live-use',
    when: 'the message does not come back',
    status: 'warning',
    says: 'did not come back in time',
    // Answered as if nothing were there: only a receive that SQS takes, not the impossible one before it.
    arrange: stage => set(stage, liveQueue, { DelaySeconds: '60' }),
    leaves: 1,
  },
  { id: 'sqs-backfill', when: 'it is well', status: 'ok', says: 'oss-s3-bridge-backfill: keeps messages 14 days' },
  {
    id: 'sqs-backfill',
    when: 'there is none of its own',
    status: 'warning',
    says: 'set SQS_BACKFILL_QUEUE_URL',
    settings: { SQS_BACKFILL_QUEUE_URL: '' },
  },
  {
    id: 'sqs-backfill',
    when: 'it is not there',
    status: 'problem',
    code: 'queue-missing',
    says: 'There is no queue',
    settings: { SQS_BACKFILL_QUEUE_URL: 'http://127.0.0.1:1/000000000000/none' },
  },
  { id: 'sqs-backfill-use', when: 'all is allowed', status: 'ok', says: 'was sent, received and deleted' },
  ...deniedActions('sqs-backfill-use', backfillQueue, WORKED_ON),
  {
    id: 'sqs-backfill-use',
    when: 'it is the live queue',
    status: 'skipped',
    says: 'serves both',
    settings: { SQS_BACKFILL_QUEUE_URL: '' },
  },
  {
    id: 'sqs-dead-letters',
    when: 'it is well',
    status: 'ok',
    says: 'oss-s3-bridge-dead-letters: keeps messages 14 days',
  },
  {
    id: 'sqs-dead-letters',
    when: 'dead letters are kept for an hour',
    status: 'warning',
    says: 'MessageRetentionPeriod=1209600',
    arrange: stage => set(stage, deadLetterQueue, { MessageRetentionPeriod: '3600' }),
  },
  {
    id: 'sqs-dead-letters',
    when: 'it may not be looked at',
    status: 'problem',
    code: 'queue-access-denied',
    says: 'sqs:GetQueueAttributes',
    // The first is that of sqs-live, which finds the queue by it; the second reads its retention.
    faults: [denied('sqs', 'GetQueueAttributes', { queue: deadLetterQueue, skip: 2 })],
  },
  { id: 'sqs-dead-letters-use', when: 'sending is allowed', status: 'ok', says: 'nothing was sent' },
  ...deniedActions('sqs-dead-letters-use', deadLetterQueue, ['SendMessage']),
  {
    id: 'sqs-backlog',
    when: 'the queues are empty',
    status: 'ok',
    says: 'live: 0 waiting, 0 in work; backfill: 0 waiting',
  },
  {
    id: 'sqs-backlog',
    when: 'there are dead letters',
    status: 'warning',
    says: 'dead letters: 1',
    arrange: stage => send(stage, deadLetterQueue),
    leaves: 1,
  },
];
