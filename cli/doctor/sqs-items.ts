// The queues: how they are set, and what the worker may do with them.

import { inspectQueue, type QueueInspection } from '../../aws-worker/queue/sqs-queue-checks.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, okUnless, skipped, warning } from './finding.ts';
import { judgeQueue } from './judge-queue.ts';
import { type QueueAction, readQueueAttributes, refuseDenied, type SqsQueue } from './sqs-calls.ts';
import { type ProbeEnd, sendProbe } from './sqs-probe-message.ts';

export const SQS_ITEMS: readonly DoctorItem[] = [
  { id: 'sqs-live', area: 'SQS', title: 'live queue', needs: ['aws-identity'], run: lookAtLive },
  { id: 'sqs-live-use', area: 'SQS', title: 'live queue, use', needs: ['sqs-live'], run: useLive },
  { id: 'sqs-backfill', area: 'SQS', title: 'backfill queue', needs: ['aws-identity'], run: lookAtBackfill },
  { id: 'sqs-backfill-use', area: 'SQS', title: 'backfill queue, use', needs: ['sqs-backfill'], run: useBackfill },
  { id: 'sqs-dead-letters', area: 'SQS', title: 'dead letters', needs: ['sqs-live'], run: lookAtDeadLetters },
  { id: 'sqs-dead-letters-use', area: 'SQS', title: 'dead letters, use', needs: ['sqs-live'], run: useDeadLetters },
  { id: 'sqs-backlog', area: 'SQS', title: 'backlog', needs: ['sqs-live', 'sqs-backfill'], run: lookAtBacklog },
];

const WORKED_ON: readonly QueueAction[] = ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'SendMessage'];
const SAME_QUEUE = 'SQS_BACKFILL_QUEUE_URL is not set: the live queue serves both.';

const queueAt = ({ sqs }: DoctorContext, queueUrl: string): SqsQueue => ({ client: sqs, queueUrl });
const hasOneQueue = ({ config }: DoctorContext) => config.sqs.queueUrl === config.sqs.backfillQueueUrl;

async function lookAtLive(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  return await lookAtQueue(context, context.config.sqs.queueUrl, await context.liveQueue(signal), signal);
}

async function lookAtBackfill(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  if (hasOneQueue(context)) {
    return warning('There is one queue for all, so new objects wait behind a backfill.', {
      advice: ['Make a second queue and set SQS_BACKFILL_QUEUE_URL; bridge init does both.'],
    });
  }
  const { backfillQueueUrl: queueUrl, deadLetterQueueUrl } = context.config.sqs;
  const given = deadLetterQueueUrl === undefined ? {} : { deadLetterQueueUrl };
  const inspection = await inspectQueue({ client: context.sqs, queueUrl, signal, ...given });
  return await lookAtQueue(context, queueUrl, inspection, signal);
}

async function lookAtQueue(
  context: DoctorContext,
  queueUrl: string,
  inspection: QueueInspection,
  signal: AbortSignal,
): Promise<Finding> {
  const { warnings, summary } = judgeQueue(queueUrl, await readQueueAttributes(queueAt(context, queueUrl), signal));
  // Those about the dead-letter queue have a line of their own.
  const own = inspection.warnings.filter(text => !text.startsWith(`${inspection.deadLetterQueueUrl} `));
  return okUnless([...own, ...warnings], `${nameOf(queueUrl)}: ${summary}.`);
}

async function lookAtDeadLetters(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { deadLetterQueueUrl: queueUrl, warnings } = await context.liveQueue(signal);
  const judged = judgeQueue(queueUrl, await readQueueAttributes(queueAt(context, queueUrl), signal));
  const own = warnings.filter(text => text.startsWith(`${queueUrl} `));
  return okUnless([...own, ...judged.warnings], `${nameOf(queueUrl)}: ${judged.summary}.`);
}

function nameOf(queueUrl: string): string {
  return new URL(queueUrl).pathname.split('/').at(-1) ?? queueUrl;
}

async function useLive(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  return await useQueue(context, context.config.sqs.queueUrl, signal);
}

async function useBackfill(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  if (hasOneQueue(context)) return skipped(SAME_QUEUE);
  return await useQueue(context, context.config.sqs.backfillQueueUrl, signal);
}

/** What the probe came to, with what exactly that proves. */
const ENDS: Readonly<Record<ProbeEnd, string>> = {
  returned: 'A probe message was sent, received and deleted; changing visibility is not denied.',
  taken: 'A probe message was sent and taken by a worker; receiving, deleting and changing visibility are not denied.',
  waiting:
    'A probe message was sent and waits behind others for a worker, who will find nothing to do; receiving, deleting and changing visibility are not denied.',
  unseen:
    'A probe message was sent, and did not come back in time; receiving, deleting and changing visibility are not denied.',
};

async function useQueue(context: DoctorContext, queueUrl: string, signal: AbortSignal): Promise<Finding> {
  const queue = queueAt(context, queueUrl);
  for (const action of WORKED_ON) await refuseDenied(queue, action, signal);
  const { arrivalSeconds } = context.seams;
  const end = await sendProbe(queue, { prefix: context.config.oss.prefix, signal, arrivalSeconds });
  const facts = { probe: end };
  return end === 'unseen' ? warning(ENDS[end], { facts }) : ok(ENDS[end], { facts });
}

/** Nothing is put among dead letters to try it: they set off alarms, and the worker may not take them out again. */
async function useDeadLetters(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { deadLetterQueueUrl } = await context.liveQueue(signal);
  await refuseDenied(queueAt(context, deadLetterQueueUrl), 'SendMessage', signal);
  return ok('Sending is not denied; nothing was sent.');
}

async function lookAtBacklog(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { queueUrl, backfillQueueUrl } = context.config.sqs;
  const { deadLetterQueueUrl } = await context.liveQueue(signal);
  const [live, backfill, dead] = await Promise.all(
    [queueUrl, backfillQueueUrl, deadLetterQueueUrl].map(url => countMessages(queueAt(context, url), signal)),
  );
  const facts = {
    live: live?.waiting ?? 0,
    liveInFlight: live?.inFlight ?? 0,
    backfill: backfill?.waiting ?? 0,
    backfillInFlight: backfill?.inFlight ?? 0,
    deadLetters: dead?.waiting ?? 0,
  };
  const ofBackfill = hasOneQueue(context)
    ? ''
    : `backfill: ${facts.backfill} waiting, ${facts.backfillInFlight} in work; `;
  const text = `About, live: ${facts.live} waiting, ${facts.liveInFlight} in work; ${ofBackfill}dead letters: ${facts.deadLetters}.`;
  if (facts.deadLetters === 0) return ok(text, { facts });
  return warning(text, {
    facts,
    advice: [
      `Their attributes Code and Reason say why: aws sqs receive-message --queue-url ${deadLetterQueueUrl} --message-attribute-names All --visibility-timeout 0. Mend it, then redrive them (README, Redrive).`,
    ],
  });
}

async function countMessages(
  queue: SqsQueue,
  signal: AbortSignal,
): Promise<{ readonly waiting: number; readonly inFlight: number }> {
  const attributes = await readQueueAttributes(queue, signal);
  const count = (name: string) => Number(attributes[name] ?? 0);
  return {
    waiting: count('ApproximateNumberOfMessages') + count('ApproximateNumberOfMessagesDelayed'),
    inFlight: count('ApproximateNumberOfMessagesNotVisible'),
  };
}
