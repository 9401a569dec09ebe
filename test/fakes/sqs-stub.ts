// An SQS of one call, SendMessageBatch, for the answers that a working SQS seldom gives: partial failures, errors, garbage, silence.
// It checks no signature and keeps no queue; local/sqs does.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

export interface BatchEntry {
  readonly Id: string;
  readonly MessageBody: string;
}

export interface StubAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export type Behaviour = (entries: readonly BatchEntry[]) => StubAnswer | 'silence';

export interface SqsStub {
  readonly queueUrl: string;
  /** The bodies that it accepted, in order. */
  readonly accepted: string[];
  /** The entries of each call. */
  readonly calls: BatchEntry[][];
  /** The next calls get these answers, then everything is accepted again. */
  next(...behaviours: Behaviour[]): void;
  close(): Promise<void>;
}

export async function startSqsStub(): Promise<SqsStub> {
  const accepted: string[] = [];
  const calls: BatchEntry[][] = [];
  const behaviours: Behaviour[] = [];
  const server = createServer(async (request, response) => {
    const entries = await readEntries(request);
    calls.push(entries);
    const answer = (behaviours.shift() ?? acceptAll)(entries);
    if (answer === 'silence') return;
    accepted.push(...acceptedBodies(entries, answer));
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/x-amz-json-1.0', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    queueUrl: `http://127.0.0.1:${port}/000000000000/live`,
    accepted,
    calls,
    next: (...more) => void behaviours.push(...more),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function acceptAll(entries: readonly BatchEntry[]): StubAnswer {
  return { body: { Successful: entries.map(accept), Failed: [] } };
}

/** Answers 200, but refuses the entries whose body has this text. */
export function refuse(inBody: string, code: string): Behaviour {
  return entries => {
    const refused = entries.filter(entry => entry.MessageBody.includes(inBody));
    const Failed = refused.map(({ Id }) => ({ Id, Code: code, SenderFault: false }));
    return { body: { Successful: entries.filter(entry => !refused.includes(entry)).map(accept), Failed } };
  };
}

/** Fails the whole call. */
export function fail(status: number, name: string, message = 'Refused.'): Behaviour {
  return () => ({ status, body: { __type: `com.amazonaws.sqs#${name}`, message } });
}

function accept(entry: BatchEntry) {
  const MD5OfMessageBody = createHash('md5').update(entry.MessageBody).digest('hex');
  return { Id: entry.Id, MessageId: `message-${entry.Id}`, MD5OfMessageBody };
}

function acceptedBodies(entries: readonly BatchEntry[], answer: StubAnswer): string[] {
  const ids = new Set(list(answer.body, 'Successful').map(entry => Reflect.get(entry, 'Id')));
  return entries.filter(entry => ids.has(entry.Id)).map(entry => entry.MessageBody);
}

async function readEntries(request: IncomingMessage): Promise<BatchEntry[]> {
  const body: unknown = JSON.parse(await text(request));
  return list(body, 'Entries').map(entry => ({
    Id: String(Reflect.get(entry, 'Id')),
    MessageBody: String(Reflect.get(entry, 'MessageBody')),
  }));
}

function list(value: unknown, name: string): object[] {
  const items: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return Array.isArray(items) ? items.filter(item => typeof item === 'object' && item !== null) : [];
}
