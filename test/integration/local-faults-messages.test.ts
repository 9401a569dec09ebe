// Faults that only a queue has: duplicates, disorder, receipts that are worth nothing.

import { expect, it } from 'vitest';
import type { FaultRule } from '../../local/faults/fault-rule.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { type FaultyCloud, sqsRequest, startFaultyCloud } from './local-faults-fixture.ts';

interface Received {
  readonly MessageId: string;
  readonly Body: string;
  readonly ReceiptHandle: string;
  readonly Attributes: { readonly ApproximateReceiveCount: string };
}

const sqs = (fault: FaultRule['fault'], changes: Partial<FaultRule> = {}): FaultRule => ({
  service: 'sqs',
  fault,
  ...changes,
});

async function startWithMessages(bodies: readonly string[], rule: FaultRule): Promise<FaultyCloud> {
  const faulty = await startFaultyCloud();
  for (const body of bodies) await faulty.put('sqs', body);
  faulty.cloud.faults.add(rule);
  return faulty;
}

async function receive({ send }: FaultyCloud, waitSeconds = 0): Promise<readonly Received[]> {
  const ask = {
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 600,
    WaitTimeSeconds: waitSeconds,
    AttributeNames: ['All'],
  };
  const answer = await send('sqs', sqsRequest('ReceiveMessage', ask));
  return JSON.parse(answer.body.toString()).Messages ?? [];
}

const counts = ({ cloud }: FaultyCloud) => cloud.sqs.counts(LOCAL.liveQueue);
const bodiesOf = (messages: readonly Received[]) => messages.map(({ Body }) => Body);
const TEN = Array.from({ length: 10 }, (_, index) => String(index));

it('delivers each message twice, under one id, with a receipt each', async () => {
  const faulty = await startWithMessages(['a', 'b'], sqs({ kind: 'duplicate' }));
  const first = await receive(faulty);
  const second = await receive(faulty);
  expect(bodiesOf(first)).toEqual(['a', 'b']);
  expect(second.map(({ MessageId, Body }) => [MessageId, Body])).toEqual(
    first.map(({ MessageId, Body }) => [MessageId, Body]),
  );
  expect(second.map(({ Attributes }) => Attributes.ApproximateReceiveCount)).toEqual(['1', '1']);
  expect(await receive(faulty)).toEqual([]);
  for (const { ReceiptHandle } of first) await faulty.send('sqs', sqsRequest('DeleteMessage', { ReceiptHandle }));
  expect(counts(faulty)).toMatchObject({ visible: 0, inFlight: 2 });
  for (const { ReceiptHandle } of second) await faulty.send('sqs', sqsRequest('DeleteMessage', { ReceiptHandle }));
  expect(counts(faulty)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

it('brings the duplicate also when the original was deleted at once', async () => {
  const faulty = await startWithMessages(['a'], sqs({ kind: 'duplicate' }));
  const [first] = await receive(faulty);
  await faulty.send('sqs', sqsRequest('DeleteMessage', { ReceiptHandle: first?.ReceiptHandle }));
  expect(bodiesOf(await receive(faulty))).toEqual(['a']);
});

it('counts receives that brought something, not those that waited in vain', async () => {
  const faulty = await startWithMessages([], sqs({ kind: 'duplicate' }, { times: 1 }));
  await receive(faulty);
  expect(faulty.cloud.faults.list()).toMatchObject([{ matched: 0, struck: 0 }]);
  const waiting = receive(faulty, 5);
  await faulty.put('sqs', 'late');
  expect(bodiesOf(await waiting)).toEqual(['late']);
  expect(faulty.cloud.faults.list()).toMatchObject([{ matched: 1, struck: 1 }]);
  expect(bodiesOf(await receive(faulty))).toEqual(['late']);
});

it('delivers in an order that its seed decides, and loses nothing', async () => {
  const orderOf = async (seed: number) =>
    bodiesOf(await receive(await startWithMessages(TEN, sqs({ kind: 'reorder' }, { seed }))));
  const order = await orderOf(1);
  expect(order).not.toEqual(TEN);
  expect([...order].sort()).toEqual(TEN);
  expect(await orderOf(1)).toEqual(order);
  expect(await orderOf(2)).not.toEqual(order);
});

it('takes receipts for expired: a change of visibility is refused, and the message is there again', async () => {
  const faulty = await startWithMessages(['a'], sqs({ kind: 'expire' }, { times: 1 }));
  const [first] = await receive(faulty);
  const change = { ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 60 };
  const refused = await faulty.send('sqs', sqsRequest('ChangeMessageVisibility', change));
  expect(refused.status).toBe(400);
  expect(refused.headers.get('x-amzn-query-error')).toBe('InvalidParameterValue;Sender');
  expect(counts(faulty)).toMatchObject({ visible: 1, inFlight: 0 });
  expect((await receive(faulty))[0]?.Attributes.ApproximateReceiveCount).toBe('2');
  expect((await faulty.send('sqs', sqsRequest('ChangeMessageVisibility', change))).status).toBe(400);
});

it('takes receipts for expired: a delete is answered as ever, and deletes nothing', async () => {
  const faulty = await startWithMessages(['a'], sqs({ kind: 'expire' }, { operation: 'DeleteMessageBatch' }));
  const [first] = await receive(faulty);
  const Entries = [{ Id: 'x', ReceiptHandle: first?.ReceiptHandle }];
  const answer = await faulty.send('sqs', sqsRequest('DeleteMessageBatch', { Entries }));
  expect(JSON.parse(answer.body.toString())).toEqual({ Successful: [{ Id: 'x' }] });
  expect(bodiesOf(await receive(faulty))).toEqual(['a']);
});

it('hands out receipts that are worth nothing', async () => {
  const faulty = await startWithMessages(
    ['a'],
    sqs({ kind: 'expire' }, { operation: 'ReceiveMessage', times: 1, queue: LOCAL.liveQueue }),
  );
  const [first] = await receive(faulty);
  expect(counts(faulty)).toMatchObject({ visible: 1, inFlight: 0 });
  await faulty.send('sqs', sqsRequest('DeleteMessage', { ReceiptHandle: first?.ReceiptHandle }));
  expect(bodiesOf(await receive(faulty))).toEqual(['a']);
});

it('leaves a handle that is no handle to the usual error', async () => {
  const faulty = await startWithMessages(['a'], sqs({ kind: 'expire' }));
  const answer = await faulty.send('sqs', sqsRequest('DeleteMessage', { ReceiptHandle: 'nonsense' }));
  expect(answer.headers.get('x-amzn-query-error')).toBe('ReceiptHandleIsInvalid;Sender');
});

it('leaves other queues alone', async () => {
  const faulty = await startWithMessages(['a'], sqs({ kind: 'status', status: 500 }, { queue: LOCAL.deadLetterQueue }));
  expect(bodiesOf(await receive(faulty))).toEqual(['a']);
});
