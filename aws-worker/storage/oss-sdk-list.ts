// One ListObjectsV2 with `ali-oss`. It builds, signs and parses the request well, as long as keys come percent-encoded (it does not
// decode them, nor the token). What it does not do is done here:
// - its HTTP client knows no abort signal and no limits, and cannot tell a cache's answer: it is given our transport;
// - it reads whatever comes: text that is no listing is an empty bucket to it, an entry without a size is empty. A page that is believed
//   to be the last one ends a backfill, so the document is checked before it and counted against what it found;
// - its renewal of credentials sends a few more requests with the old token: a client is made for each page, with those of the moment.

import OSS from 'ali-oss';
import { BridgeError } from '../../shared/bridge-error.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import type { OssClient } from './oss-client.ts';
import { countListed } from './oss-list-document.ts';
import { badAnswer } from './oss-object.ts';
import { readWholeBody } from './oss-transport.ts';
import type { OssCredentials } from './oss-v4-signer.ts';

/** 1,000 keys of 1,023 bytes, every byte as %XX, are 3 MiB; the rest of an entry is far less. */
const PAGE_MAX_BYTES = 8 * MEBIBYTE;

/** What the SDK makes of an entry. Its types promise more than it checks. */
export interface SdkObject {
  readonly name?: string;
  readonly size: number;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly storageClass?: string;
  readonly type?: string;
}

export interface SdkPage {
  readonly objects: readonly SdkObject[];
  readonly isTruncated: boolean;
  readonly nextContinuationToken: string | null;
}

export interface SdkListOptions {
  readonly client: OssClient;
  readonly credentials: OssCredentials;
  readonly region: string;
  readonly bucket: string;
  readonly isRequesterPaying: boolean;
  readonly query: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly now?: () => number;
}

/** What the SDK asks of an HTTP client, and gets from ours. */
interface SdkTransport {
  request(
    url: string,
    params: { readonly method: string; readonly headers: Readonly<Record<string, unknown>> },
  ): Promise<{ status: number; headers: unknown; data: Buffer; res: unknown }>;
}

/** @throws BridgeError as OssTransport does; retryable `source-bad-answer`; permanent `oss-bucket-invalid` */
export async function listWithSdk(options: SdkListOptions): Promise<SdkPage> {
  let failure: unknown;
  let listed = 0;
  const transport: SdkTransport = {
    request: async (url, { method, headers }) => {
      try {
        const answer = await exchange(options, { method, url, headers });
        listed = countListed(answer.data.toString('utf8'), options.bucket);
        return { status: 200, headers: answer.headers, data: answer.data, res: {} };
      } catch (error) {
        // The SDK would turn it into an error of its own that says less.
        failure = error;
        throw error;
      }
    },
  };
  const sdk = createSdk(options, transport);
  try {
    const page = await sdk.listV2({ ...options.query });
    if (page.objects.length === listed) return page;
  } catch (error) {
    throw failure ?? badAnswer(undefined, `is no list of objects (${error instanceof Error ? error.name : 'unknown'})`);
  }
  throw badAnswer(undefined, 'lists more objects than could be read');
}

function createSdk({ credentials, region, bucket, isRequesterPaying, now }: SdkListOptions, urllib: SdkTransport): OSS {
  const settings = {
    accessKeyId: credentials.accessKeyId,
    accessKeySecret: credentials.accessKeySecret,
    ...(credentials.securityToken === undefined ? {} : { stsToken: credentials.securityToken }),
    // Without it the SDK warns on the console that tokens expire; it renews nothing without a function to call.
    refreshSTSTokenInterval: 1,
    authorizationV4: true,
    isRequestPay: isRequesterPaying,
    region,
    bucket,
    // Never connected to: the transport knows the address, and the signature does not cover the host.
    endpoint: 'https://oss.invalid',
    cname: true,
    urllib,
    ...(now === undefined ? {} : { amendTimeSkewed: now() - Date.now() }),
  };
  try {
    return new OSS(settings);
  } catch (cause) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'oss-bucket-invalid',
      message: `OSS_BUCKET or OSS_REGION cannot be right: ${cause instanceof Error ? cause.message : 'unknown'}.`,
      cause,
    });
  }
}

async function exchange(
  { client, signal }: SdkListOptions,
  request: { readonly method: string; readonly url: string; readonly headers: Readonly<Record<string, unknown>> },
): Promise<{ headers: unknown; data: Buffer }> {
  const { method, url, headers } = request;
  const mark = url.indexOf('?');
  const answer = await client.transport.send({
    method,
    key: undefined,
    queryText: mark < 0 ? '' : url.slice(mark + 1),
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name, value]) => name.toLowerCase() !== 'host' && value !== undefined)
        .map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    signal,
  });
  const data = await readWholeBody(answer, {
    maxBytes: PAGE_MAX_BYTES,
    limits: client.limits,
    timeouts: client.timeouts,
    signal,
  });
  return { headers: answer.headers, data };
}
