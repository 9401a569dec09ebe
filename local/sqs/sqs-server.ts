// A stand-in for Amazon SQS: standard queues over the AWS JSON 1.0 protocol, in memory, with signatures verified. What clients can see of
// visibility, long polling, redrive, limits and errors is kept; sampling by short polls, duplicates and disorder are not imitated.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FaultEngine } from '../faults/fault-engine.ts';
import { type ErrorAnswer, type MetFaults, meetFaults } from '../faults/meet-faults.ts';
import { Account, missingQueue } from './account.ts';
import { ACTIONS } from './actions.ts';
import { LongPolls } from './long-polls.ts';
import type { MessageAttributes } from './message-attributes.ts';
import { MessageMoveTasks } from './message-move-tasks.ts';
import { type Input, parseInput } from './read-input.ts';
import type { SqsCall } from './sqs-call.ts';
import { SqsError, shapeOf } from './sqs-error.ts';
import { type SqsCredentials, verifySignature } from './verify-signature.ts';

/** A batch of 1 MiB in which every byte is escaped as `\\u00xx`, and some room. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const MAX_TIMER_MILLISECONDS = 1000;
/** Where the clock is the caller's, it may jump. */
const MAX_TIMER_MILLISECONDS_OWN_CLOCK = 10;
const DEFAULT_MAX_RECEIVE_COUNT = 10;

export interface SqsQueueOptions {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** The name of another of the queues. */
  readonly deadLetterQueue?: string;
  /** 10 unless told. */
  readonly maxReceiveCount?: number;
}

export interface SqsExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** `ReceiveMessage`, … */
  readonly action: string;
  /** Not verified yet. */
  readonly input: Input;
  /** Of the queue that it is about, if any. */
  readonly queueName: string | undefined;
  /** Has the action done, and its answer lost: the connection is cut instead. */
  loseAnswer(): void;
}

export interface SqsServerOptions {
  readonly host?: string;
  /** Any free one unless told. */
  readonly port?: number;
  readonly region: string;
  readonly credentials: SqsCredentials;
  readonly accountId?: string;
  readonly queues: readonly SqsQueueOptions[];
  /** Milliseconds since 1970: the clock of messages. Signatures are checked by the machine's. */
  readonly now?: () => number;
  /** Sees every request before it is verified. True: it has answered, or will, by itself. */
  readonly intercept?: (exchange: SqsExchange) => boolean | Promise<boolean>;
  /** Strike after `intercept` has let a request pass. */
  readonly faults?: FaultEngine;
}

export interface SqsServer {
  readonly port: number;
  readonly endpoint: string;
  queueUrl(name: string): string;
  counts(name: string): { visible: number; inFlight: number; delayed: number };
  /** All that the queue holds, in flight or not, without touching it. */
  peek(name: string): readonly { body: string; receiveCount: number; attributes: MessageAttributes }[];
  /** Waiting receivers are answered with nothing, connections are cut. */
  close(): Promise<void>;
}

export async function startSqsServer(options: SqsServerOptions): Promise<SqsServer> {
  const { host = '127.0.0.1', region, now = Date.now, accountId = '000000000000' } = options;
  const maxTimerMilliseconds = options.now ? MAX_TIMER_MILLISECONDS_OWN_CLOCK : MAX_TIMER_MILLISECONDS;
  const longPolls = new LongPolls({ now, maxTimerMilliseconds });
  const account = new Account({ accountId, region, now, longPolls });
  for (const queue of options.queues) account.create(queue.name, attributesOf(queue, account));
  const moveTasks = new MessageMoveTasks(account);
  let endpoint = '';

  const server = createServer((request, response) => {
    // Whatever goes wrong ends in an answer; a client that went away needs none.
    void handle(request, response).catch((error: unknown) => answerError(response, error));
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const body = await readBody(request);
    const action = /^AmazonSQS\.(\w+)$/.exec(String(request.headers['x-amz-target']))?.[1] ?? '';
    const input = parseInput(body);
    const queueName =
      typeof input.QueueUrl === 'string' ? input.QueueUrl.slice(input.QueueUrl.lastIndexOf('/') + 1) : undefined;
    let isAnswerLost = false;
    const loseAnswer = () => {
      isAnswerLost = true;
    };
    if (await options.intercept?.({ request, response, action, input, queueName, loseAnswer })) return;
    const place = { service: 'sqs', operation: action, queue: queueName } as const;
    const faults = await meetFaults(options.faults, {
      ...place,
      request,
      response,
      answerError: error => answerAskedFor(response, error),
    });
    if (faults.hasAnswered) return;
    verifySignature(request, await passThrough(body, faults.requestStage), {
      credentials: options.credentials,
      region,
      now: Date.now() + faults.clockOffsetMilliseconds,
    });
    const act = ACTIONS.get(action);
    if (act === undefined) throw new SqsError('UnknownOperation', `There is no action ${action || '(none named)'}.`);
    const senderId = options.credentials.accessKeyId;
    const faultOf: SqsCall['faultOf'] = kind => options.faults?.strike(place, asked => asked === kind)[0];
    const output = await act({
      account,
      longPolls,
      moveTasks,
      input,
      senderId,
      endpoint,
      signal: gone.signal,
      faultOf,
    });
    if (isAnswerLost) request.socket.destroy();
    else answer(response, 200, output, {});
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const queueOf = (name: string) => account.findByName(name) ?? missingQueue();
  return {
    port,
    endpoint,
    queueUrl: name => `${endpoint}/${accountId}/${name}`,
    counts: name => queueOf(name).counts(),
    peek: name =>
      Array.from(queueOf(name).messages(), ({ body, receiveCount, attributes }) => ({
        body,
        receiveCount,
        attributes,
      })),
    close: () =>
      new Promise(resolve => {
        longPolls.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function attributesOf(queue: SqsQueueOptions, account: Account): Readonly<Record<string, string>> {
  if (queue.deadLetterQueue === undefined) return queue.attributes ?? {};
  const deadLetterTargetArn = account.arnOf(queue.deadLetterQueue);
  const maxReceiveCount = queue.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT;
  return { ...queue.attributes, RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new SqsError('SerializationError', 'The request is too large.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

async function passThrough(body: Buffer, stage: MetFaults['requestStage']): Promise<Buffer> {
  if (stage === undefined) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of stage(Readable.from([body]))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function answerAskedFor(response: ServerResponse, { status, code, message, headers }: ErrorAnswer): void {
  const { type, queryCode } = shapeOf(code);
  const fault = status < 500 ? 'Sender' : 'Receiver';
  answer(response, status, { __type: type, message }, { ...headers, 'x-amzn-query-error': `${queryCode};${fault}` });
}

function answerError(response: ServerResponse, error: unknown): void {
  const refusal = error instanceof SqsError ? error : new SqsError('InternalError', String(error));
  const { type, queryCode, status } = refusal.shape;
  const fault = refusal.isSenderFault ? 'Sender' : 'Receiver';
  answer(
    response,
    status,
    { __type: type, message: refusal.message },
    { 'x-amzn-query-error': `${queryCode};${fault}` },
  );
}

function answer(response: ServerResponse, status: number, output: object, headers: Record<string, string>): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(JSON.stringify(output));
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': body.length,
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(body);
}
