// Starts the S3 stand-in for one test file, and talks to it raw: requests that no SDK would send, signed here with the same functions
// that the server verifies with. That those are right is proven by the SDK, which signs with its own.

import { createHash } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { readRequestTarget } from '../../local/s3/request-target.ts';
import { type S3Server, type S3ServerOptions, startS3Server } from '../../local/s3/s3-server.ts';
import { canonicalRequest, signatureOf, stringToSign } from '../../local/s3/sigv4.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';

export const REGION = 'eu-central-1';
export const BUCKET = 'target-bucket';
export const CREDENTIALS = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local/secret+key' };

export interface LocalS3 {
  readonly server: S3Server;
  readonly store: MemoryObjectStore;
  readonly client: S3Client;
  close(): Promise<void>;
}

export function clientOf(endpoint: string, config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    forcePathStyle: true,
    maxAttempts: 1,
    ...config,
  });
}

export async function startLocalS3(options: Partial<S3ServerOptions> = {}): Promise<LocalS3> {
  const store = new MemoryObjectStore();
  const server = await startS3Server({
    region: REGION,
    credentials: CREDENTIALS,
    buckets: new Map([[BUCKET, store]]),
    ...options,
  });
  const client = clientOf(server.endpoint);
  return {
    server,
    store,
    client,
    async close() {
      client.destroy();
      await server.close();
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly sawContinue: boolean;
}

export interface RawRequest {
  readonly method?: string;
  /** As it goes into the request line. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
  readonly signing?: {
    region?: string;
    accessKeyId?: string;
    secretAccessKey?: string;
    date?: Date;
    isAnonymous?: boolean;
  };
  /** The body is sent only after `100 Continue`. */
  readonly expectsContinue?: boolean;
}

/** With `Content-Length`, and the body's SHA-256 unless the headers name another `x-amz-content-sha256`. */
export function sendRaw(server: S3Server, raw: RawRequest): Promise<RawAnswer> {
  const body = Buffer.from(raw.body ?? '');
  const host = raw.headers?.host ?? `127.0.0.1:${server.port}`;
  const timestamp = stamp(raw.signing?.date ?? new Date());
  const headers: Record<string, string> = {
    'content-length': String(body.length),
    ...raw.headers,
    host,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': raw.headers?.['x-amz-content-sha256'] ?? createHash('sha256').update(body).digest('hex'),
  };
  if (raw.expectsContinue) headers.expect = '100-continue';
  if (!raw.signing?.isAnonymous) headers.authorization = authorize(raw, headers, timestamp);
  return new Promise((resolve, reject) => {
    let sawContinue = false;
    const request = httpRequest({
      port: server.port,
      method: raw.method ?? 'GET',
      path: raw.path,
      headers,
      agent: false,
    });
    request.on('response', async response => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('utf8');
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, sawContinue });
    });
    request.on('continue', () => {
      sawContinue = true;
      request.end(body);
    });
    request.on('error', reject);
    if (raw.expectsContinue) request.flushHeaders();
    else request.end(body);
  });
}

function authorize(raw: RawRequest, headers: Record<string, string>, timestamp: string): string {
  const { accessKeyId, secretAccessKey, region } = { ...CREDENTIALS, region: REGION, ...raw.signing };
  const signedHeaders = Object.keys(headers)
    .filter(name => name === 'host' || name.startsWith('x-amz-'))
    .sort();
  const scope = { day: timestamp.slice(0, 8), region };
  const canonical = canonicalRequest({
    method: raw.method ?? 'GET',
    target: readRequestTarget(raw.path, headers.host ?? ''),
    rawHeaders: Object.entries(headers).flat(),
    signedHeaders,
    payloadHash: headers['x-amz-content-sha256'] ?? '',
  });
  const signature = signatureOf(stringToSign({ canonical, timestamp, scope }), secretAccessKey, scope);
  const credential = `${accessKeyId}/${scope.day}/${region}/s3/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
}

/** The `<Code>` of an error's body. */
export function codeOf(answer: RawAnswer): string | undefined {
  return /<Code>(.*?)<\/Code>/.exec(answer.body)?.[1];
}

function stamp(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}

/** A URL that is good for `expiresSeconds` (60) from `signedAt` (now). `extra` is added to the query, under the signature. */
export function presign(
  server: S3Server,
  options: { method: string; key: string; signedAt?: Date; expiresSeconds?: number; extra?: string },
): string {
  const timestamp = stamp(options.signedAt ?? new Date());
  const scope = { day: timestamp.slice(0, 8), region: REGION };
  const credential = encodeURIComponent(`${CREDENTIALS.accessKeyId}/${scope.day}/${REGION}/s3/aws4_request`);
  const path = `/${BUCKET}/${options.key}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}&X-Amz-Date=${timestamp}&X-Amz-Expires=${options.expiresSeconds ?? 60}&X-Amz-SignedHeaders=host${options.extra ?? ''}`;
  const host = `127.0.0.1:${server.port}`;
  const canonical = canonicalRequest({
    method: options.method,
    target: readRequestTarget(path, host),
    rawHeaders: ['Host', host],
    signedHeaders: ['host'],
    payloadHash: 'UNSIGNED-PAYLOAD',
  });
  const text = stringToSign({ canonical, timestamp, scope });
  return `http://${host}${path}&X-Amz-Signature=${signatureOf(text, CREDENTIALS.secretAccessKey, scope)}`;
}
