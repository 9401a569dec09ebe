// The OSS adapters on the local OSS: one bucket, and a list of faults of which each request uses up one.

import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createOssListing } from '../../aws-worker/storage/oss-listing.ts';
import { createOssSource } from '../../aws-worker/storage/oss-source.ts';
import type { OssSourceOptions } from '../../aws-worker/storage/oss-source-options.ts';
import type { OpenedObject } from '../../aws-worker/transfer/object-source.ts';
import { type OssExchange, type OssServerOptions, startOssServer } from '../../local/oss/oss-server.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import type { ObjectDetails, StoredObject } from '../../local/store/object-store.ts';
import { crc64 } from '../../shared/checksums/crc64.ts';
import { createLog } from '../../shared/log.ts';

export const BUCKET = 'source-bucket';
export const CREDENTIALS = { accessKeyId: 'LTAItest', accessKeySecret: 'test-secret' };

/** True when it has answered (or broken the connection) in the server's place. */
export type Fault = (exchange: OssExchange) => boolean | Promise<boolean>;

export async function startHarness(server: Partial<OssServerOptions> = {}) {
  const store = new MemoryObjectStore();
  const faults: Fault[] = [];
  const requests: OssExchange[] = [];
  const oss = await startOssServer({
    region: 'cn-hangzhou',
    credentials: CREDENTIALS,
    buckets: new Map([[BUCKET, store]]),
    intercept: exchange => {
      requests.push(exchange);
      return faults.shift()?.(exchange) ?? false;
    },
    ...server,
  });
  const closing: { close(): Promise<void> }[] = [];
  const settings = (overrides: Partial<OssSourceOptions>): OssSourceOptions => ({
    region: 'cn-hangzhou',
    bucket: BUCKET,
    endpoint: new URL(oss.endpoint),
    credentials: async () => CREDENTIALS,
    maxConnections: 8,
    log: createLog({ level: 'silent' }),
    retry: { attempts: 4, baseMilliseconds: 1 },
    ...overrides,
  });

  return {
    store,
    /** Used up in order, one a request, from the next request on. */
    faults,
    requests,
    signal: new AbortController().signal,
    source(overrides: Partial<OssSourceOptions> = {}) {
      const source = createOssSource(settings(overrides));
      closing.push(source);
      return source;
    },
    listing(overrides: Partial<OssSourceOptions> = {}) {
      const listing = createOssListing(settings(overrides));
      closing.push(listing);
      return listing;
    },
    async put(key: string, body: Buffer | string = '', details: Partial<ObjectDetails> = {}): Promise<StoredObject> {
      const bytes = Buffer.from(body);
      const staged = await store.stage();
      await staged.write(bytes);
      return await store.commit(key, [staged], {
        etag: createHash('md5').update(bytes).digest('hex').toUpperCase(),
        headers: {},
        metadata: {},
        tags: {},
        ...details,
        attributes: { type: 'Normal', crc64: String(crc64(bytes)), ...details.attributes },
      });
    },
    async close() {
      for (const one of closing) await one.close();
      await oss.close();
    },
  };
}

export type Harness = Awaited<ReturnType<typeof startHarness>>;

/** An error in OSS's words. */
export function fail(status: number, code: string, headers: Record<string, string> = {}): Fault {
  return ({ request, response }) => {
    const body = `<Error><Code>${code}</Code><Message>Injected.</Message></Error>`;
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    return true;
  };
}

export const breakConnection: Fault = ({ request }) => {
  request.destroy();
  return true;
};

/** Lets the server answer, with headers of our own put in or (undefined) taken out. */
export function withHeaders(changes: Record<string, string | undefined>): Fault {
  return ({ response }) => {
    const writeHead = response.writeHead.bind(response) as (status: number, headers?: object) => ServerResponse;
    response.writeHead = (status: number, ...rest: unknown[]) => {
      const given = rest.find(one => typeof one === 'object') ?? {};
      const changed = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined) changed.delete(name);
        else changed.set(name, value);
      }
      return writeHead(status, Object.fromEntries(changed));
    };
    return false;
  };
}

/** Lets the server answer, and breaks the connection after so many bytes of the body; `stall` leaves it open, silent. */
export function cutAfter(bytes: number, how: 'break' | 'stall' = 'break'): Fault {
  return ({ response }) => {
    let left = bytes;
    const write = response.write.bind(response) as (chunk: Uint8Array) => boolean;
    const cut = (chunk: Uint8Array): boolean => {
      const piece = chunk.subarray(0, left);
      left -= piece.length;
      if (piece.length > 0) write(piece);
      // Not at once: a reset overtakes bytes that the client has not read yet.
      if (left === 0 && how === 'break') setTimeout(() => response.destroy(), 5);
      return left > 0;
    };
    response.write = (chunk: unknown) => (chunk instanceof Uint8Array ? cut(chunk) : false);
    response.end = (chunk?: unknown) => {
      if (chunk instanceof Uint8Array) cut(chunk);
      return response;
    };
    return false;
  };
}

/** The whole body, which must have come in order. */
export async function readAll(opened: OpenedObject | undefined): Promise<Buffer> {
  if (opened === undefined) throw new Error('There is no such object.');
  const target = Buffer.alloc(opened.lengthBytes);
  const pieces: Buffer[] = [];
  await opened.readInto(target, bytes => pieces.push(Buffer.from(bytes)));
  if (!Buffer.concat(pieces).equals(target)) throw new Error('The pieces are not what was filled in.');
  return target;
}

export function bytesOf(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
}
