// A local OSS with one bucket in memory, the vendor's SDK pointed at it, and raw requests signed with the vendor's signer (which the
// server knows nothing of).

import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import OSS from 'ali-oss';
import { percentEncode } from '../../local/oss/header-text.ts';
import type { OssEvent } from '../../local/oss/oss-event.ts';
import { type OssServerOptions, startOssServer } from '../../local/oss/oss-server.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';

interface VendorSigner {
  authorizationV4(
    accessKeyId: string,
    accessKeySecret: string,
    region: string,
    method: string,
    request: { headers: Record<string, string>; queries: Record<string, string | null> },
    bucket: string | undefined,
    key: string | undefined,
    additionalHeaders: readonly string[],
  ): string;
}
const vendorSigner: VendorSigner = createRequire(import.meta.url)('ali-oss/lib/common/signUtils');

export const BUCKET = 'source-bucket';
export const CREDENTIALS = { accessKeyId: 'LTAItest', accessKeySecret: 'test-secret' };

export interface RawRequest {
  readonly method?: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** What goes out in place of the encoded key, the signature being of `key`. */
  readonly path?: string;
  readonly region?: string;
  readonly date?: Date;
  readonly additionalHeaders?: readonly string[];
  readonly isAnonymous?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export async function startLocalOss(options: Partial<OssServerOptions> = {}) {
  const store = new MemoryObjectStore();
  const events: OssEvent['events'][number][] = [];
  const server = await startOssServer({
    region: 'oss-cn-hangzhou',
    credentials: CREDENTIALS,
    buckets: new Map([[BUCKET, store]]),
    onEvent: event => events.push(...event.events),
    ...options,
  });
  const agent = new Agent({ keepAlive: false });

  function client(overrides: Partial<OSS.Options> = {}): OSS {
    return new OSS({
      ...CREDENTIALS,
      region: 'oss-cn-hangzhou',
      endpoint: server.endpoint,
      bucket: BUCKET,
      authorizationV4: true,
      ...overrides,
    });
  }

  /** Path style, signed with version 4. */
  function send(request: RawRequest = {}): Promise<RawAnswer> {
    const { method = 'GET', key = '', query = {}, body } = request;
    const names = Object.entries(query);
    const search = names.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
    const path = request.path ?? `/${BUCKET}/${percentEncode(key)}`;
    const headers: Record<string, string> = {
      ...request.headers,
      'x-oss-date': (request.date ?? new Date()).toISOString().replace(/[-:]|\.\d+/g, ''),
      'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
    };
    const queries = Object.fromEntries(names.map(([name, value]) => [name, value === '' ? null : value]));
    if (request.isAnonymous !== true) {
      headers.authorization = vendorSigner.authorizationV4(
        CREDENTIALS.accessKeyId,
        CREDENTIALS.accessKeySecret,
        request.region ?? 'cn-hangzhou',
        method,
        { headers, queries },
        BUCKET,
        key,
        request.additionalHeaders ?? [],
      );
    }
    if (body !== undefined) headers['content-length'] = String(Buffer.byteLength(body));
    return exchangeRaw({ method, path: search === '' ? path : `${path}?${search}`, headers, body });
  }

  function exchangeRaw(options: {
    method: string;
    path: string;
    headers: Record<string, string>;
    body?: string | Buffer | undefined;
  }): Promise<RawAnswer> {
    const { method, path, headers, body } = options;
    return new Promise((resolve, reject) => {
      const sent = httpRequest({ host: '127.0.0.1', port: server.port, agent, method, path, headers }, response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  return {
    server,
    store,
    events,
    client,
    send,
    exchangeRaw,
    async close() {
      await server.close();
      await store.close();
    },
  };
}

export type LocalOss = Awaited<ReturnType<typeof startLocalOss>>;

/** The text of an XML element in an answer, undefined when there is none. */
export function elementOf(answer: { readonly body: Buffer }, name: string): string | undefined {
  return new RegExp(`<${name}>([^]*?)</${name}>`).exec(answer.body.toString('utf8'))?.[1];
}

export function codeOf(answer: RawAnswer): string {
  return `${answer.status} ${elementOf(answer, 'Code') ?? ''}`.trim();
}
