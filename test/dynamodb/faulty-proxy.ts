// Between a ledger and DynamoDB Local, on a socket of its own: what a network, and a service under load, do to requests. What happens to each request the
// test says; a request that nobody says anything about goes through.

import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { testEndpoint } from './test-table.ts';

export interface ProxiedRequest {
  /** `TransactWriteItems`. */
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export type ProxyFault =
  /** It is carried out, and its caller hears nothing. */
  | { readonly kind: 'lose-answer' }
  /** It is never carried out, and its caller hears nothing. */
  | { readonly kind: 'lose-request' }
  /** Its caller hears nothing, and it is carried out so much later. */
  | { readonly kind: 'late'; readonly milliseconds: number }
  /** It is refused, in these words. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: string };

export type Decide = (request: ProxiedRequest) => ProxyFault | undefined;

export interface FaultyProxy {
  readonly endpoint: string;
  decide: Decide;
  /** Requests that met a fault. */
  readonly struck: number;
  close(): Promise<void>;
}

/** DynamoDB's own form: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
export function refusal(name: string, more: Readonly<Record<string, unknown>> = {}, status = 400): ProxyFault {
  const body = { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'In the words of a test.', ...more };
  return { kind: 'answer', status, body: JSON.stringify(body) };
}

/** A cancelled transaction, with the reason of each of its writes. */
export function cancelled(...reasons: readonly string[]): ProxyFault {
  return refusal('TransactionCanceledException', {
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.join(', ')}]`,
    CancellationReasons: reasons.map(Code =>
      Code === 'None' ? { Code } : { Code, Message: 'In the words of a test.' },
    ),
  });
}

/** On loopback unless told. */
export async function startFaultyProxy({ host = '127.0.0.1' }: { readonly host?: string } = {}): Promise<FaultyProxy> {
  const upstream = new URL(testEndpoint());
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let struck = 0;
  const late = new Set<Promise<unknown>>();
  const stop = new AbortController();

  const forward = async (asked: IncomingMessage, body: Buffer) => {
    const { method, headers } = asked;
    const sent = request(upstream, { agent, method, headers: { ...headers, host: upstream.host } });
    sent.end(body);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve).once('error', reject);
    });
    return { answer, body: await bodyOf(answer) };
  };

  const serve = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = await bodyOf(asked);
    const operation = String(asked.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    const fault = proxy.decide({ operation, body: JSON.parse(body.toString('utf8')) });
    if (fault !== undefined) struck++;
    if (fault?.kind === 'answer') {
      answer.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.0' }).end(fault.body);
      return;
    }
    if (fault?.kind === 'late') {
      asked.socket.destroy();
      const sending = delay(fault.milliseconds, undefined, { signal: stop.signal }).then(() => forward(asked, body));
      late.add(sending);
      return void sending.catch(() => undefined).finally(() => late.delete(sending));
    }
    if (fault?.kind === 'lose-request') return void asked.socket.destroy();
    const forwarded = await forward(asked, body);
    if (fault?.kind === 'lose-answer') return void asked.socket.destroy();
    answer.writeHead(forwarded.answer.statusCode ?? 500, forwarded.answer.headers).end(forwarded.body);
  };

  const server = createServer((asked, answer) => {
    serve(asked, answer).catch(() => asked.socket.destroy());
  });
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('A server on a port has a port.');

  const proxy: FaultyProxy = {
    endpoint: `http://${host}:${address.port}`,
    decide: () => undefined,
    get struck() {
      return struck;
    },
    async close() {
      stop.abort();
      await Promise.allSettled(late);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      agent.destroy();
    },
  };
  return proxy;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
