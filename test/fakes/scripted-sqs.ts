// An HTTP server that speaks SQS's protocol and answers each call as the test says, for the answers that a working SQS seldom gives.

import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

export interface SqsCall {
  readonly operation: string;
  /** The request's JSON, as it came. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The ids of the batch's entries. */
  readonly ids: readonly string[];
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly body: unknown;
}

export type Script = (call: SqsCall) => ScriptedAnswer | 'silence' | 'reset';

export interface ScriptedSqs {
  readonly queueUrl: string;
  readonly calls: readonly SqsCall[];
  /** The next calls get these answers; after them every call gets the last one's. */
  answer(...scripts: readonly [Script, ...Script[]]): void;
  close(): Promise<void>;
}

export function errorAnswer(status: number, type: string, message: string): Script {
  return () => ({ status, body: { __type: `com.amazonaws.sqs#${type}`, message } });
}

/** All entries succeed but these, which fail with this code. */
export function failing(
  ids: readonly string[],
  entry: { Code: string; Message?: string; SenderFault: boolean },
): Script {
  return call => ({
    body: {
      Successful: call.ids.filter(id => !ids.includes(id)).map(Id => ({ Id })),
      Failed: call.ids.filter(id => ids.includes(id)).map(Id => ({ Id, ...entry })),
    },
  });
}

export const allSucceed: Script = call => ({ body: { Successful: call.ids.map(Id => ({ Id })), Failed: [] } });

export async function startScriptedSqs(): Promise<ScriptedSqs> {
  const calls: SqsCall[] = [];
  let scripts: readonly Script[] = [allSucceed];
  const server = createServer(async (request, response) => {
    const call = readCall(String(request.headers['x-amz-target']), await json(request));
    calls.push(call);
    const [script, ...later] = scripts;
    if (later.length > 0) scripts = later;
    const answer = (script ?? allSucceed)(call);
    if (answer === 'silence') return;
    if (answer === 'reset') {
      response.destroy();
      return;
    }
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    queueUrl: `http://127.0.0.1:${port}/000000000000/live`,
    calls,
    answer(...next) {
      scripts = next;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function readCall(target: string, body: unknown): SqsCall {
  const input = body as Record<string, unknown>;
  const entries = (input.Entries ?? []) as readonly { readonly Id: string }[];
  return { operation: target.replace(/^AmazonSQS\./, ''), input, ids: entries.map(entry => entry.Id) };
}
