// Who holds which message, and how often each was received: seen from outside, in what SQS answers to its clients. Workers are told apart by the
// application id that the AWS SDK puts into its user agent: https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
// A receive counts as explained when the one before it ended in a crash, or when its answer was lost on the way and nobody saw it.

import type { ServerResponse } from 'node:http';
import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { parseReceiptHandle } from '../../local/sqs/receipt-handle.ts';
import type { SqsExchange } from '../../local/sqs/sqs-server.ts';

/** What names a worker to this spy. */
export const WORKER_NAME_VARIABLE = 'AWS_SDK_UA_APP_ID';

const BATCH_ENTRIES = 10;

interface Receipt {
  readonly handle: string;
  readonly worker: string;
  readonly queueUrl: string;
  readonly message: string;
}

export interface Receive {
  readonly worker: string;
  /** On the scale of `performance.now()`. */
  readonly atMilliseconds: number;
}

interface Account {
  readonly receives: Receive[];
  /** The highest that SQS told. */
  receiveCount: number;
  crashes: number;
}

export interface Receipts {
  see(exchange: SqsExchange): void;
  /** Messages that it received and has not deleted. */
  heldBy(worker: string): number;
  /** What happens to the messages of a dead worker when their visibility timeout ends. Returns how many there were. */
  endVisibilityOf(worker: string, sqs: SQSClient): Promise<number>;
  readonly report: ReceiptReport;
}

export interface ReceiptReport {
  readonly messages: number;
  readonly maxReceiveCount: number;
  /** Of each message with receives that neither a crash nor a lost answer explains, all of them. */
  readonly unexplained: readonly (readonly Receive[])[];
}

export function createReceipts(): Receipts {
  const held = new Map<string, Receipt>();
  const accounts = new Map<string, Account>();
  const heldBy = (worker: string) => [...held.values()].filter(receipt => receipt.worker === worker);

  const receive = (worker: string, queueUrl: string, answer: Answer) => {
    for (const { ReceiptHandle: handle = '' } of answer.Messages ?? []) {
      const { messageId: message = '', receiveCount = 0 } = parseReceiptHandle(handle) ?? {};
      const account = accounts.get(message) ?? { receives: [], receiveCount: 0, crashes: 0 };
      account.receives.push({ worker, atMilliseconds: performance.now() });
      account.receiveCount = receiveCount;
      accounts.set(message, account);
      held.set(handle, { handle, worker, queueUrl, message });
    }
  };

  return {
    see({ action, input, request, response }) {
      const worker = / app\/(\S+)/.exec(request.headers['user-agent'] ?? '')?.[1];
      if (worker === undefined) return;
      const queueUrl = String(input.QueueUrl);
      if (action === 'ReceiveMessage') onAnswer(response, answer => receive(worker, queueUrl, answer));
      if (action !== 'DeleteMessageBatch') return;
      onAnswer(response, ({ Successful = [] }) => {
        const deleted = new Set(Successful.map(({ Id }) => Id));
        for (const { Id, ReceiptHandle } of entriesOf(input)) if (deleted.has(Id)) held.delete(ReceiptHandle);
      });
    },
    heldBy: worker => heldBy(worker).length,
    async endVisibilityOf(worker, sqs) {
      const receipts = heldBy(worker);
      for (const { handle } of receipts) held.delete(handle);
      let ended = 0;
      for (const QueueUrl of new Set(receipts.map(receipt => receipt.queueUrl))) {
        const ofQueue = receipts.filter(receipt => receipt.queueUrl === QueueUrl);
        for (let start = 0; start < ofQueue.length; start += BATCH_ENTRIES) {
          const batch = ofQueue.slice(start, start + BATCH_ENTRIES);
          // Before the request: the message may be received again before its answer is here.
          for (const { message } of batch) noteCrash(accounts.get(message));
          const Entries = batch.map(({ handle }, at) => ({
            Id: String(at),
            ReceiptHandle: handle,
            VisibilityTimeout: 0,
          }));
          const { Successful = [] } = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
          ended += Successful.length;
        }
      }
      return ended;
    },
    get report() {
      const known = [...accounts];
      const unexplained = known.filter(([, { receives, crashes }]) => receives.length > 1 + crashes);
      return {
        messages: known.length,
        maxReceiveCount: Math.max(0, ...known.map(([, { receiveCount }]) => receiveCount)),
        unexplained: unexplained.map(([, { receives }]) => receives),
      };
    },
  };
}

function noteCrash(account: Account | undefined): void {
  if (account !== undefined) account.crashes++;
}

interface Answer {
  readonly Messages?: readonly { readonly ReceiptHandle?: string }[];
  readonly Successful?: readonly { readonly Id: string }[];
}

function entriesOf(input: SqsExchange['input']): readonly { readonly Id: string; readonly ReceiptHandle: string }[] {
  return Array.isArray(input.Entries) ? input.Entries : [];
}

/** Not called for an answer that is lost. */
function onAnswer(response: ServerResponse, read: (answer: Answer) => void): void {
  const end = response.end.bind(response);
  const ending: (chunk: Uint8Array) => ServerResponse = chunk => {
    if (response.statusCode === 200) read(JSON.parse(Buffer.from(chunk).toString()) as Answer);
    return end(chunk);
  };
  Object.defineProperty(response, 'end', { value: ending, writable: true, configurable: true });
}
