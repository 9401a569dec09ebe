// A stand-in for what the local cloud has none of: Function Compute's API. It checks signatures as far as a test needs it.

import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Stub {
  readonly url: string;
  close(): Promise<void>;
}

type Serve = (request: IncomingMessage, response: ServerResponse, body: string) => void | Promise<void>;

export async function startStub(serve: Serve): Promise<Stub> {
  const server = createServer(async (request, response) => serve(request, response, await text(request)));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const FC_ACCOUNT = '1000000000000001';
export const FC_KEY = { id: 'LTAIdeployer', secret: 'deployer-secret' };

/** What the API would tell of one function. */
export interface FcStubFunction {
  function: Record<string, unknown>;
  triggers: Record<string, unknown>[];
  asyncConfig: Record<string, unknown> | undefined;
}

export interface FcStub extends Stub {
  readonly functions: Map<string, FcStubFunction>;
  /** Of `METHOD path` without the version, or of all with a `METHOD`: the error's status and code. */
  readonly refusals: Map<string, readonly [status: number, code: string]>;
  readonly requests: string[];
  /** What an invocation does; what it throws is the handler's error. */
  handler: (event: Buffer) => Promise<unknown>;
}

export async function startFcStub(): Promise<FcStub> {
  const functions = new Map<string, FcStubFunction>();
  const refusals = new Map<string, readonly [number, string]>();
  const requests: string[] = [];
  const stub = await startStub(async (request, response, body) => {
    const path = new URL(request.url ?? '/', 'http://fc').pathname;
    const name = `${request.method} ${path.replace('/2023-03-30', '')}`;
    requests.push(name);
    const refusal = refusals.get(name) ?? refusals.get(request.method ?? '');
    if (!isSigned(request, path)) return refuse(response, 403, 'SignatureNotMatch');
    if (refusal !== undefined) return refuse(response, ...refusal);
    if (!path.startsWith('/2023-03-30/functions')) return refuse(response, 404, 'ApiNotFound');
    const [functionName, resource] = path.split('/').slice(3);
    if (functionName === undefined) {
      return answer(response, { functions: [...functions].map(([, each]) => each.function) });
    }
    const found = functions.get(functionName);
    if (found === undefined) return refuse(response, 404, 'FunctionNotFound');
    if (resource === undefined) return answer(response, found.function);
    if (resource === 'triggers') return answer(response, { triggers: found.triggers });
    if (resource === 'async-invoke-config') {
      return found.asyncConfig === undefined
        ? refuse(response, 404, 'AsyncConfigNotExists')
        : answer(response, found.asyncConfig);
    }
    return await invoke(whole, response, body);
  });
  const whole: FcStub = { ...stub, functions, refusals, requests, handler: async () => ({}) };
  return whole;
}

async function invoke({ handler }: FcStub, response: ServerResponse, body: string): Promise<void> {
  try {
    const result = await handler(Buffer.from(body));
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(JSON.stringify(result));
  } catch (error) {
    const errorMessage = error instanceof Error ? error.message : String(error);
    response.writeHead(200, { 'content-type': 'application/json', 'x-fc-error-type': 'HandledInvocationError' });
    response.end(JSON.stringify({ errorMessage, errorType: 'Error' }));
  }
}

/** https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/developer-reference/request-signatures */
function isSigned({ method, headers }: IncomingMessage, path: string): boolean {
  const canonical = Object.keys(headers)
    .filter(name => name.startsWith('x-fc-'))
    .sort()
    .map(name => `${name}:${String(headers[name])}\n`)
    .join('');
  const content = `${String(headers['content-md5'] ?? '')}\n${String(headers['content-type'] ?? '')}`;
  const toSign = `${method}\n${content}\n${String(headers.date)}\n${canonical}${path}`;
  const signature = createHmac('sha256', FC_KEY.secret).update(toSign).digest('base64');
  return headers.authorization === `FC ${FC_KEY.id}:${signature}`;
}

function answer(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** As API version 2023-03-30 words its errors. */
function refuse(response: ServerResponse, status: number, code: string): void {
  const body = { Code: code, Message: `${code}, as was asked for`, RequestId: '1-2-3' };
  response.writeHead(status, { 'content-type': 'application/json', 'x-fc-request-id': '1-2-3' });
  response.end(JSON.stringify(body));
}
