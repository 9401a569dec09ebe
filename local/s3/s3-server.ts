// A stand-in for Amazon S3 over HTTP: the part of S3 that this product and its tests use, with signatures, checksums, conditions and
// multipart rules checked as S3 checks them. It has no versions, no policies and no ACLs, and serves one account in one region. What
// it does not cover it refuses (NotImplemented). Objects live in the stores that it is given, and bodies pass through chunk by
// chunk; only multipart uploads under way are its own, and end with it.

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BridgeError } from '../../shared/bridge-error.ts';
import type { FaultEngine } from '../faults/fault-engine.ts';
import { type ErrorAnswer, meetFaults } from '../faults/meet-faults.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { authenticate, type S3Credentials } from './authenticate.ts';
import { dispatch } from './dispatch.ts';
import { MultipartUploads } from './multipart-uploads.ts';
import { nameOperation } from './name-operation.ts';
import { DEFAULT_MINIMUM_SIZE } from './operations/bucket-lifecycle.ts';
import { adoptPresignedHeaders } from './presigned-headers.ts';
import { RequestBody } from './request-body.ts';
import { type RequestTarget, readRequestTarget } from './request-target.ts';
import { headerOf, type S3State } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import { writeXml } from './s3-xml.ts';

/** Names and values. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (8 KB of request headers) */
const MAX_HEADER_BYTES = 8192;

export interface S3ServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  readonly region: string;
  readonly credentials: S3Credentials;
  /** Good as well; looked at with each request, since an STS gives more of them. */
  readonly sessions?: readonly S3Credentials[];
  readonly buckets: ReadonlyMap<string, ObjectStore>;
  /** Bucket to the lifecycle configuration that it has at first, as S3's XML. */
  readonly lifecycles?: ReadonlyMap<string, string>;
  /** Makes the store of a new bucket. Without it CreateBucket is NotImplemented. */
  readonly createStore?: (bucket: string) => ObjectStore | Promise<ObjectStore>;
  /** ETags of objects under a KMS key are no MD5, as on S3. Default false. */
  readonly kmsEtags?: boolean;
  readonly now?: () => Date;
  /** Sees each request before it is served; returns true when it has answered or destroyed it itself. For tests. */
  readonly intercept?: (exchange: S3Exchange) => boolean | Promise<boolean>;
  /** Strike after `intercept` has let a request pass. */
  readonly faults?: FaultEngine;
}

export interface S3Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** AWS's name, or `NotImplemented`, or `MethodNotAllowed`. */
  readonly operation: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

export interface S3Server {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Ends open connections and frees the parts of uploads under way; the stores stay open. */
  close(): Promise<void>;
}

function createState(options: S3ServerOptions): S3State {
  const created = new Map<string, ObjectStore>();
  return {
    region: options.region,
    kmsEtags: options.kmsEtags ?? false,
    uploads: new MultipartUploads(),
    lifecycles: new Map(
      [...(options.lifecycles ?? [])].map(([bucket, document]) => [
        bucket,
        { document, minimumSize: DEFAULT_MINIMUM_SIZE },
      ]),
    ),
    now: options.now ?? (() => new Date()),
    findBucket: name => options.buckets.get(name) ?? created.get(name),
    bucketNames: () => [...new Set([...options.buckets.keys(), ...created.keys()])].sort(),
    createBucket: async name => {
      const store = await options.createStore?.(name);
      if (store !== undefined) created.set(name, store);
      return store;
    },
  };
}

function sendError(exchange: { request: IncomingMessage; response: ServerResponse }, error: unknown): void {
  const { request, response } = exchange;
  // Too late for an answer: the connection's end is the only one left.
  if (response.headersSent || response.destroyed || request.socket?.destroyed !== false) {
    response.destroy();
    return;
  }
  answerError(exchange, error instanceof S3Error ? error : new S3Error('InternalError', { message: describe(error) }));
}

function answerError(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  cause: ErrorAnswer & { readonly details?: Readonly<Record<string, string>> },
): void {
  for (const [name, value] of Object.entries(cause.headers)) response.setHeader(name, value);
  if (cause.status === 304) {
    response.writeHead(304).end();
    return;
  }
  if (request.method === 'HEAD') {
    // As S3 does. Without a word of length, Node's client takes the connection for used up, and opens one for every object that is not there.
    response.writeHead(cause.status, { 'content-type': 'application/xml', 'transfer-encoding': 'chunked' }).end();
    return;
  }
  const body = writeXml(
    [
      'Error',
      [
        ['Code', cause.code],
        ['Message', cause.message],
        ...Object.entries(cause.details ?? {}),
        ['Resource', (request.url ?? '').replace(/\?.*$/s, '')],
        ['RequestId', String(response.getHeader('x-amz-request-id'))],
        ['HostId', String(response.getHeader('x-amz-id-2'))],
      ],
    ],
    { namespace: false },
  );
  response.writeHead(cause.status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Of what went wrong behind us (a store, a broken connection), for the person who runs the stand-in. */
function describe(error: unknown): string {
  if (error instanceof BridgeError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

function checkHeaderSize(request: IncomingMessage): void {
  const sizeBytes = request.rawHeaders.reduce((sum, text) => sum + text.length, 0);
  if (sizeBytes > MAX_HEADER_BYTES) {
    throw new S3Error('RequestHeaderSectionTooLarge', { details: { MaxSizeAllowed: String(MAX_HEADER_BYTES) } });
  }
}

/** `waitsForContinue`: the client sends its body only after `100 Continue`. */
type Serve = (request: IncomingMessage, response: ServerResponse, waitsForContinue: boolean) => Promise<void>;

/** `running` holds what is being served, but not what an interceptor holds back: that may never end. */
function createServe(options: S3ServerOptions, state: S3State, running: Set<Promise<void>>): Serve {
  return async (request, response, waitsForContinue) => {
    const method = request.method ?? '';
    response.setHeader('x-amz-request-id', randomBytes(8).toString('hex').toUpperCase());
    response.setHeader('x-amz-id-2', randomBytes(48).toString('base64'));
    response.setHeader('server', 'AmazonS3');
    // Until its body is asked for: an answer now leaves the client free to send it or not, so the connection cannot go on.
    if (waitsForContinue) response.shouldKeepAlive = false;
    try {
      const target: RequestTarget = readRequestTarget(request.url ?? '/', request.headers.host ?? '');
      const isCopy = request.headers['x-amz-copy-source'] !== undefined;
      const operation = nameOperation({ method, target, isCopy });
      const { bucket, key } = target;
      const exchange = { request, response, operation, bucket, key };
      if (await options.intercept?.(exchange)) return;
      const faults = await meetFaults(options.faults, {
        ...exchange,
        service: 's3',
        answerError: answer => answerError(exchange, answer),
      });
      if (faults.hasAnswered) return;
      const now = () => new Date(state.now().getTime() + faults.clockOffsetMilliseconds);
      checkHeaderSize(request);
      const form = authenticate(
        { method, target, rawHeaders: request.rawHeaders, header: name => headerOf({ request }, name) },
        {
          credentials: [options.credentials, ...(options.sessions ?? [])],
          region: options.region,
          now: now(),
        },
      );
      if (request.headers.authorization === undefined) adoptPresignedHeaders(request, target);
      const beforeRead = (): void => {
        if (!waitsForContinue) return;
        response.shouldKeepAlive = true;
        response.writeContinue();
      };
      const served = dispatch({
        operation,
        request,
        response,
        target,
        state: faults.clockOffsetMilliseconds === 0 ? state : { ...state, now },
        body: new RequestBody({ request, form, beforeRead, stage: faults.requestStage }),
      });
      running.add(served);
      await served.finally(() => running.delete(served));
    } catch (error) {
      sendError({ request, response }, error);
    }
  };
}

function listen(server: Server, options: S3ServerOptions, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

/** Rejects with the socket's error when the address cannot be had. */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const state = createState(options);
  const running = new Set<Promise<void>>();
  const serve = createServe(options, state, running);
  // No limit to how long a request may take: bodies are large and bandwidth is made scarce on purpose.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000, maxHeaderSize: 32 * 1024 });
  // `serve` never rejects: it answers, or ends the connection.
  server.on('request', (request, response) => void serve(request, response, false));
  server.on('checkContinue', (request, response) => void serve(request, response, true));
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, options, host);
  return {
    port,
    endpoint: `http://${host}:${port}`,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.allSettled([...running, closed]);
      await state.uploads.close();
    },
  };
}
