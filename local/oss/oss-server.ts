// A stand-in for the data API of Alibaba Cloud OSS on node:http, for tests, benches and the demo: real signatures, real conditions,
// real listing order, and the events that the real one fires, the useless ones included. It holds no objects itself (ObjectStore does)
// and no object's bytes beyond the chunk on its way. Not in it: versioning, ACLs and policies, lifecycle, form uploads, encryption.

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { FaultEngine } from '../faults/fault-engine.ts';
import { meetFaults } from '../faults/meet-faults.ts';
import type { ObjectStore, StoredObject } from '../store/object-store.ts';
import { toHeader } from './header-text.ts';
import { MultipartUploads } from './multipart-uploads.ts';
import { nameOperation } from './name-operation.ts';
import { OPERATIONS } from './operations.ts';
import { errorXml, noSuchBucket, OssError } from './oss-error.ts';
import { createdChange, type OssChange, type OssEvent, toOssEvent } from './oss-event.ts';
import { parseAddress } from './request-address.ts';
import { SignerV4 } from './signature-v4.ts';
import { type OssCredentials, type SignatureRules, verifySignature } from './verify-signature.ts';

/** https://www.alibabacloud.com/help/en/oss/developer-reference/restoreobject: an Archive object takes about a minute. */
const DEFAULT_RESTORE_MILLISECONDS = 60_000;
/** Longer than clients keep theirs, so that it is never this side that closes under a request. */
const KEEP_ALIVE_MILLISECONDS = 60_000;
/** 8 KiB of metadata, a key of 1,023 bytes escaped, a token and a signature. */
const MAX_HEADER_BYTES = 64 * 1024;

export interface OssServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** `cn-hangzhou`, with or without `oss-`. */
  readonly region: string;
  readonly credentials: OssCredentials;
  readonly buckets: ReadonlyMap<string, ObjectStore>;
  /** Custom domains: host name without port to bucket. */
  readonly cnames?: ReadonlyMap<string, string>;
  /** Called after the change is durable, with what the native Function Compute trigger would get. */
  readonly onEvent?: (event: OssEvent) => void;
  readonly now?: () => Date;
  /** How long a restore takes by `now`. */
  readonly restoreMilliseconds?: number;
  /** Sees each request before it is served; returns true when it has answered or destroyed it itself. For tests. */
  readonly intercept?: (exchange: OssExchange) => boolean | Promise<boolean>;
  /** Strike after `intercept` has let a request pass. */
  readonly faults?: FaultEngine;
}

export interface OssExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly operation: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

export interface OssServer {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** As after a rotation: from now on only these are good. */
  replaceCredentials(credentials: OssCredentials): void;
  close(): Promise<void>;
  /** For objects that appear in a store without a request. Default name: `ObjectCreated:PutObject`. */
  fireCreated(bucket: string, object: StoredObject, eventName?: string): void;
}

export async function startOssServer(options: OssServerOptions): Promise<OssServer> {
  const host = options.host ?? '127.0.0.1';
  const uploads = new MultipartUploads();
  const identity = identityOf(options.credentials);
  const serve = createRequestHandler(options, { uploads, identity });
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MILLISECONDS, maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0 },
    (request, response) => void serve(request, response), // never rejects: it answers every error itself
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    endpoint: `http://${host}:${port}`,
    replaceCredentials: credentials => {
      Object.assign(identity, identityOf(credentials));
    },
    async close() {
      await new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await uploads.discardAll();
    },
    fireCreated(bucket, object, eventName = 'ObjectCreated:PutObject') {
      const origin = { bucket, requestId: newRequestId(), sourceIpAddress: '127.0.0.1' };
      fireEvent(options, createdChange({ eventName, object, sizeBefore: 0 }), origin);
    },
  };
}

/** Whose signatures are good. */
function identityOf(credentials: OssCredentials): Pick<SignatureRules, 'credentials' | 'signerV4'> {
  return { credentials, signerV4: new SignerV4(credentials.accessKeySecret) };
}

function createRequestHandler(
  options: OssServerOptions,
  { uploads, identity }: { readonly uploads: MultipartUploads; readonly identity: ReturnType<typeof identityOf> },
) {
  const region = options.region.replace(/^oss-/, '');
  const now = options.now ?? (() => new Date());
  const { buckets } = options;
  const addressRules = {
    isBucket: (name: string) => buckets.has(name),
    ...(options.cnames === undefined ? {} : { cnames: options.cnames }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const { bucket, key, query } = parseAddress(
      { target: request.url ?? '/', host: request.headers.host ?? '' },
      addressRules,
    );
    const method = request.method ?? 'GET';
    const operation = nameOperation({ method, bucket, key, query, headers: request.headers });
    const exchange = { request, response, operation, bucket, key: key === '' ? undefined : key };
    if ((await options.intercept?.(exchange)) === true) return;
    const faults = await meetFaults(options.faults, {
      ...exchange,
      service: 'oss',
      answerError: error => sendError({ request, response, requestId, error: new OssError(error) }),
    });
    if (faults.hasAnswered) return;
    const serverNow = () => new Date(now().getTime() + faults.clockOffsetMilliseconds);
    verifySignature(
      { method, bucket, key, query, headers: request.headers },
      { ...identity, region, now: serverNow() },
    );
    const perform = OPERATIONS.get(operation);
    const store = bucket === undefined ? undefined : buckets.get(bucket);
    if (bucket !== undefined && store === undefined) throw noSuchBucket(bucket);
    if (perform === undefined || bucket === undefined || store === undefined) throw notAnswered(operation, method);
    const sourceIpAddress = request.socket.remoteAddress ?? '';
    await perform({
      ...{ request, response, requestId, bucket, store, key, query, region, buckets, uploads },
      body: faults.requestStage?.(request) ?? request,
      now: serverNow,
      restoreMilliseconds: options.restoreMilliseconds ?? DEFAULT_RESTORE_MILLISECONDS,
      fire: change => fireEvent(options, change, { bucket, requestId, sourceIpAddress }),
    });
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = newRequestId();
    response.setHeader('Server', 'AliyunOSS');
    response.setHeader('x-oss-request-id', requestId);
    response.setHeader('x-oss-server-time', '1');
    try {
      await answer(request, response, requestId);
    } catch (error) {
      sendError({ request, response, requestId, error });
    }
  };
}

function fireEvent(
  options: OssServerOptions,
  change: OssChange,
  origin: { bucket: string; requestId: string; sourceIpAddress: string },
): void {
  const time = options.now?.() ?? new Date();
  options.onEvent?.(toOssEvent(change, { ...origin, region: options.region.replace(/^oss-/, ''), time }));
}

/** 24 hex digits; the first eight are the time, as in the vendor's own. */
function newRequestId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return (seconds + randomBytes(8).toString('hex')).toUpperCase();
}

function notAnswered(operation: string, method: string): OssError {
  if (operation === 'MethodNotAllowed') {
    const message = 'The specified method is not allowed against this resource.';
    return new OssError({ status: 405, code: 'MethodNotAllowed', message, elements: { Method: method } });
  }
  const message = 'A header or parameter you provided implies functionality that is not implemented.';
  return new OssError({ status: 501, code: 'NotImplemented', message });
}

function sendError(options: {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  error: unknown;
}): void {
  const { request, response, requestId, error } = options;
  // Too late for an answer: whoever is there must see that it broke off.
  // (Node takes the socket of a request away that was destroyed, whatever the type says.)
  if (response.headersSent || request.socket?.destroyed !== false) {
    response.destroy();
    return;
  }
  const cause = error instanceof OssError ? error : internalError(error);
  const xml = Buffer.from(errorXml(cause, { requestId, host: request.headers.host ?? '' }), 'utf8');
  for (const [name, value] of Object.entries(cause.headers)) response.setHeader(name, toHeader(value));
  if (cause.ec !== undefined) response.setHeader('x-oss-ec', cause.ec);
  if (request.method === 'HEAD') {
    // A HEAD has no body; the document comes in a header.
    response.setHeader('x-oss-err', xml.toString('base64'));
    response.writeHead(cause.status).end();
    return;
  }
  response.writeHead(cause.status, { 'Content-Type': 'application/xml', 'Content-Length': xml.length }).end(xml);
}

function internalError(error: unknown): OssError {
  const detail = error instanceof Error ? error.message : String(error);
  const message = `We encountered an internal error. Please try again. (${detail})`;
  return new OssError({ status: 500, code: 'InternalError', message });
}
