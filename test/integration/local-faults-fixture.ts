// A local cloud in memory, and a client that sees what a socket sees: each byte, and whether the end was a FIN or a RST.

import { createHash, createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach } from 'vitest';
import type { FaultRequest } from '../../local/faults/match-rule.ts';
import { LOCAL, type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import { createLog } from '../../shared/log.ts';

export type Service = FaultRequest['service'];

export interface RawRequest {
  readonly method?: string;
  readonly key?: string;
  /** For SQS: the action. */
  readonly action?: string;
  readonly body?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawAnswer {
  /** 0 without an answer. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** As it came, chunked framing taken off. */
  readonly body: Buffer;
  readonly ending: 'FIN' | 'RST';
  readonly milliseconds: number;
}

export interface Raw {
  /** What has come so far. */
  received(): Buffer;
  readonly answer: Promise<RawAnswer>;
  /** Goes away without a word. */
  leave(): void;
}

export interface FaultyCloud {
  readonly cloud: LocalCloud;
  readonly source: MemoryObjectStore;
  readonly destination: MemoryObjectStore;
  start(service: Service, request: RawRequest): Raw;
  send(service: Service, request: RawRequest): Promise<RawAnswer>;
  /** An object, or a message. */
  put(service: Service, text: string): Promise<RawAnswer>;
  /** What `put` has left there; undefined when nothing. */
  stored(service: Service): Promise<string | undefined>;
  /** Of what `put` has left there. */
  read(service: Service): Promise<RawAnswer>;
}

export const KEY = 'folder/object';

const open: LocalCloud[] = [];
afterEach(async () => {
  for (const cloud of open.splice(0)) await cloud.close();
});

export async function startFaultyCloud(options: { adminPort?: number } = {}): Promise<FaultyCloud> {
  const source = new MemoryObjectStore();
  const destination = new MemoryObjectStore();
  const log = createLog({ level: 'silent' });
  const cloud = await startLocalCloud({ source, destination, log, ...options });
  open.push(cloud);
  const ports = { oss: cloud.oss.port, s3: cloud.s3.port, sqs: cloud.sqs.port };
  const start = (service: Service, request: RawRequest): Raw => exchange(ports[service], signed(service, request));
  const send = (service: Service, request: RawRequest) => start(service, request).answer;
  return {
    cloud,
    source,
    destination,
    start,
    send,
    put: (service, text) =>
      service === 'sqs' ? send(service, sqsRequest('SendMessage', { MessageBody: text })) : send(service, putOf(text)),
    read: service =>
      service === 'sqs'
        ? send(service, sqsRequest('ReceiveMessage', { VisibilityTimeout: 0 }))
        : send(service, { method: 'GET', key: KEY }),
    stored: async service => {
      if (service === 'sqs') return cloud.sqs.peek(LOCAL.liveQueue)[0]?.body;
      const store = service === 'oss' ? source : destination;
      const object = await store.find(KEY);
      if (object === undefined) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.read(object, { start: 0, end: object.sizeBytes })) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    },
  };
}

export function putOf(text: string): RawRequest {
  return { method: 'PUT', key: KEY, body: text };
}

export function sqsRequest(action: string, input: object): RawRequest {
  const QueueUrl = `http://sqs/000000000000/${LOCAL.liveQueue}`;
  return { method: 'POST', action, body: JSON.stringify({ QueueUrl, ...input }) };
}

interface Wire {
  readonly head: string;
  readonly body: Buffer;
}

function signed(service: Service, request: RawRequest): Wire {
  const { method = 'GET', key, action } = request;
  const body = Buffer.from(request.body ?? '');
  const bucket = service === 'oss' ? LOCAL.ossBucket : LOCAL.s3Bucket;
  const path = service === 'sqs' ? '/' : `/${bucket}/${key ?? ''}`;
  const headers: Record<string, string> = { host: 'local', connection: 'close', ...request.headers };
  if (body.length > 0 || method === 'PUT') headers['content-length'] = String(body.length);
  if (action !== undefined) headers['x-amz-target'] = `AmazonSQS.${action}`;
  headers.authorization =
    service === 'oss' ? signOss({ method, path, headers }) : signAws({ method, path, headers, service, body });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return { head: `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, body };
}

interface ToSign {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

function signOss({ method, path, headers }: ToSign): string {
  headers.date ??= new Date().toUTCString();
  const text = [method, headers['content-md5'] ?? '', headers['content-type'] ?? '', headers.date, path].join('\n');
  const { accessKeyId, accessKeySecret } = LOCAL.ossCredentials;
  return `OSS ${accessKeyId}:${createHmac('sha1', accessKeySecret).update(text).digest('base64')}`;
}

function signAws({ method, path, headers, service, body }: ToSign & { service: Service; body: Buffer }): string {
  const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  headers['x-amz-date'] = timestamp;
  if (service === 's3') headers['x-amz-content-sha256'] ??= sha256(body);
  const names = Object.keys(headers)
    .filter(name => name === 'host' || name.startsWith('x-amz-'))
    .sort();
  const payload = headers['x-amz-content-sha256'] ?? sha256(body);
  const lines = names.map(name => `${name}:${headers[name]}\n`).join('');
  const canonical = [method, path, '', lines, names.join(';'), payload].join('\n');
  const scope = [timestamp.slice(0, 8), LOCAL.awsRegion, service, 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', timestamp, scope.join('/'), sha256(canonical)].join('\n');
  const { accessKeyId, secretAccessKey } = LOCAL.awsCredentials;
  const key = scope.reduce<string | Buffer>(
    (secret, step) => createHmac('sha256', secret).update(step).digest(),
    `AWS4${secretAccessKey}`,
  );
  const signature = createHmac('sha256', key).update(text).digest('hex');
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}

function exchange(port: number, wire: Wire): Raw {
  const startedAt = performance.now();
  const chunks: Buffer[] = [];
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const answer = new Promise<RawAnswer>(resolve => {
    let ending: RawAnswer['ending'] | undefined;
    socket.on('data', chunk => chunks.push(chunk));
    socket.on('end', () => {
      ending ??= 'FIN';
      socket.end();
    });
    socket.on('error', () => {
      ending ??= 'RST';
    });
    socket.on('close', () =>
      resolve({
        ...parse(Buffer.concat(chunks)),
        ending: ending ?? 'RST',
        milliseconds: performance.now() - startedAt,
      }),
    );
    socket.write(wire.head);
    socket.write(wire.body);
  });
  return { answer, received: () => Buffer.concat(chunks), leave: () => socket.destroy() };
}

function parse(bytes: Buffer): Pick<RawAnswer, 'status' | 'headers' | 'body'> {
  const endOfHead = bytes.indexOf('\r\n\r\n');
  if (endOfHead < 0) return { status: 0, headers: new Map(), body: bytes };
  const [statusLine = '', ...lines] = bytes.subarray(0, endOfHead).toString('latin1').split('\r\n');
  const headers = new Map(
    lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const rest = bytes.subarray(endOfHead + 4);
  const body = headers.get('transfer-encoding') === 'chunked' ? unchunk(rest) : rest;
  return { status: Number(statusLine.split(' ')[1]), headers, body };
}

function unchunk(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n');
  const size = Number.parseInt(bytes.subarray(0, end).toString(), 16);
  if (!(size > 0)) return Buffer.alloc(0);
  return Buffer.concat([bytes.subarray(end + 2, end + 2 + size), unchunk(bytes.subarray(end + 4 + size))]);
}
