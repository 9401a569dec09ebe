// One request being answered: what every operation is given, and the few ways to answer.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ObjectStore } from '../store/object-store.ts';
import { fromHeader } from './header-text.ts';
import type { MultipartUploads } from './multipart-uploads.ts';
import type { OssChange } from './oss-event.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  /** The request's, to be read once. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly bucket: string;
  readonly store: ObjectStore;
  /** Empty when the request is to the bucket. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly region: string;
  readonly buckets: ReadonlyMap<string, ObjectStore>;
  readonly uploads: MultipartUploads;
  readonly restoreMilliseconds: number;
  now(): Date;
  /** Tells the trigger, after the change is durable. */
  fire(change: OssChange): void;
}

/** A request header as text, undefined when missing. */
export function header(exchange: { readonly request: IncomingMessage }, name: string): string | undefined {
  const value = exchange.request.headers[name];
  if (value === undefined) return undefined;
  return fromHeader(Array.isArray(value) ? value.join(',') : value);
}

export function sendEmpty(exchange: Exchange, status: number, headers: Readonly<Record<string, string>> = {}): void {
  exchange.response.writeHead(status, status === 204 ? headers : { ...headers, 'Content-Length': '0' });
  exchange.response.end();
}

export function sendXml(exchange: Exchange, xml: string, headers: Readonly<Record<string, string>> = {}): void {
  const body = Buffer.from(xml, 'utf8');
  exchange.response.writeHead(200, { 'Content-Type': 'application/xml', 'Content-Length': body.length, ...headers });
  exchange.response.end(body);
}
