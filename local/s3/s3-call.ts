// What an operation is given: the request taken apart, the bucket's store, the server's state, and few ways to answer.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeHeader } from './header-text.ts';
import type { MultipartUploads } from './multipart-uploads.ts';
import type { RequestBody } from './request-body.ts';
import { queryValue, type RequestTarget } from './request-target.ts';
import { writeXml, type XmlNode } from './s3-xml.ts';

export interface S3State {
  readonly region: string;
  readonly kmsEtags: boolean;
  readonly uploads: MultipartUploads;
  /** Bucket to its lifecycle configuration, verbatim. */
  readonly lifecycles: Map<string, { readonly document: string; readonly minimumSize: string }>;
  now(): Date;
  findBucket(name: string): ObjectStore | undefined;
  bucketNames(): string[];
  /** Undefined when this server cannot make buckets. */
  createBucket(name: string): Promise<ObjectStore | undefined>;
}

export interface S3Call {
  readonly operation: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: RequestTarget;
  readonly body: RequestBody;
  readonly state: S3State;
}

export interface BucketCall extends S3Call {
  readonly bucket: string;
  readonly store: ObjectStore;
}

export interface ObjectCall extends BucketCall {
  readonly key: string;
}

/** `name` in lower case. Repeated headers are joined as Node joins them. */
export function headerOf(call: Pick<S3Call, 'request'>, name: string): string | undefined {
  const value = call.request.headers[name];
  if (value === undefined) return undefined;
  return decodeHeader(Array.isArray(value) ? value.join(', ') : value);
}

export function queryOf(call: Pick<S3Call, 'target'>, name: string): string | undefined {
  return queryValue(call.target, name);
}

export function sendXml(call: Pick<S3Call, 'response'>, root: XmlNode): void {
  const body = writeXml(root);
  call.response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) });
  call.response.end(body);
}

export function sendEmpty(call: Pick<S3Call, 'response'>, status: 200 | 204): void {
  call.response.writeHead(status, status === 200 ? { 'content-length': 0 } : {});
  call.response.end();
}

/** S3 keeps whole seconds: `2026-01-02T03:04:05.000Z`. */
export function isoSeconds(date: Date): string {
  return new Date(Math.floor(date.getTime() / 1000) * 1000).toISOString();
}

export const OWNER: XmlNode = [
  'Owner',
  [
    ['ID', 'local'],
    ['DisplayName', 'local'],
  ],
];
