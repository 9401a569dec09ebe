// A server that refuses everything and repeats to the caller what the caller proved himself with, as clouds and proxies do in their errors: the
// Authorization header, the session token, the string to sign, a signed URL.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Refusal = (echo: string, exchange: { request: IncomingMessage; response: ServerResponse }) => void;

export interface EchoingServer {
  readonly origin: string;
  /** Signatures and tokens that came, each once. */
  readonly proofs: ReadonlySet<string>;
  /** All that follows is refused so. */
  refuseWith(refusal: Refusal): void;
  close(): Promise<void>;
}

const SIGNED_URL = 'https://elsewhere.example/k?X-Amz-Signature=';

export async function startEchoingServer(): Promise<EchoingServer> {
  const proofs = new Set<string>();
  let refuse: Refusal = xmlError(403, 'AccessDenied');
  const server = createServer((request, response) => {
    request.resume();
    const lines = Object.entries(request.headers).map(([name, value]) => `${name}:${value}`);
    for (const proof of proofsOf(request)) proofs.add(proof);
    refuse(lines.join('\n'), { request, response });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    proofs,
    refuseWith(refusal) {
      refuse = refusal;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function proofsOf({ headers }: IncomingMessage): readonly string[] {
  const signature = /Signature=(\w+)/.exec(headers.authorization ?? '')?.[1];
  const tokens = [headers['x-amz-security-token'], headers['x-oss-security-token']].flat();
  return [signature, ...tokens].filter(proof => proof !== undefined);
}

/** As OSS and S3 refuse a signature: the message is a sentence, the elements beside it repeat everything. */
export function xmlError(status: number, code: string, message = 'Refused.'): Refusal {
  return (echo, { request, response }) => {
    const elements = ['StringToSign', 'CanonicalRequest', 'SignatureProvided', 'Token-0', 'HostId'];
    const copies = elements.map(name => `<${name}>${escapeXml(echo)}</${name}>`).join('');
    const body = `<Error><Code>${code}</Code><Message>${message}</Message>${copies}</Error>`;
    // What OSS answers to HEAD, which has no body.
    const headers = { 'content-type': 'application/xml', 'x-oss-err': Buffer.from(body).toString('base64') };
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
  };
}

/** As neither does today: the message itself repeats everything. */
export function xmlEcho(status: number, code: string): Refusal {
  return (echo, exchange) => xmlError(status, code, escapeXml(echo.replaceAll('\n', ' ')))(echo, exchange);
}

/** As SQS refuses a signature: the message itself repeats everything. */
export function jsonError(status: number, code: string): Refusal {
  return (echo, { response }) => {
    const message = `Authorization header of the request: ${echo.replaceAll('\n', ' ')}\nThe Canonical String was '${echo}'`;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }));
  };
}

/** As a proxy's page that shows the request. */
export function htmlPage(status: number): Refusal {
  return (echo, { response }) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end(`<html><pre>${escapeXml(echo)}</pre></html>`);
  };
}

export function redirect(status: number): Refusal {
  return (_echo, { response, request }) => {
    const [signature = ''] = proofsOf(request);
    response.writeHead(status, { location: `${SIGNED_URL}${signature}` }).end();
  };
}

export const reset: Refusal = (_echo, { request }) => void request.socket.resetAndDestroy();

export const silence: Refusal = () => undefined;

export const garbage: Refusal = (echo, { request }) => {
  request.socket.end(`HTTP/1.1 200 OK\r\ncontent-length: -1\r\n${echo.replaceAll('\n', '\r\n')}\r\n\r\n`);
};

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
