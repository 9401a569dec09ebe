// OSS signature version 4 in the Authorization header, for requests without a body. One HMAC and one SHA-256 a request: the key, four
// HMACs more, is kept for a day. The host is not signed, so the signature is the same however the bucket is addressed.
// https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4

import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { encodeKeyForUrl } from '../../shared/keys/key-rules.ts';

const ALGORITHM = 'OSS4-HMAC-SHA256';

export interface OssCredentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

export function isSameKey(a: OssCredentials, b: OssCredentials): boolean {
  return (
    a.accessKeyId === b.accessKeyId && a.accessKeySecret === b.accessKeySecret && a.securityToken === b.securityToken
  );
}

export interface RequestToSign {
  readonly method: string;
  readonly bucket: string;
  /** Empty for a request to the bucket. */
  readonly key: string;
  /** Unencoded. An empty value goes out as the bare name. */
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names, ASCII values. Of these, content-type, content-md5 and x-oss-* are signed. */
  readonly headers: Readonly<Record<string, string>>;
}

export class OssV4Signer {
  readonly #region: string;
  #kept: { readonly secret: string; readonly date: string; readonly key: KeyObject } | undefined;

  /** `region` without `oss-`. */
  constructor(region: string) {
    this.#region = region;
  }

  /** The request's headers with date, token, payload hash and signature added. */
  sign(request: RequestToSign, credentials: OssCredentials, now: Date): Record<string, string> {
    const timestamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const headers: Record<string, string> = {
      ...request.headers,
      'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
      'x-oss-date': timestamp,
    };
    if (credentials.securityToken !== undefined) headers['x-oss-security-token'] = credentials.securityToken;
    const date = timestamp.slice(0, 8);
    const scope = `${date}/${this.#region}/oss/aliyun_v4_request`;
    const digest = hash('sha256', canonicalRequest(request, headers), 'hex');
    const signature = createHmac('sha256', this.#signingKey(credentials.accessKeySecret, date))
      .update(`${ALGORITHM}\n${timestamp}\n${scope}\n${digest}`)
      .digest('hex');
    headers.authorization = `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope},Signature=${signature}`;
    return headers;
  }

  #signingKey(secret: string, date: string): KeyObject {
    if (this.#kept?.secret === secret && this.#kept.date === date) return this.#kept.key;
    let bytes: Buffer = Buffer.from(`aliyun_v4${secret}`);
    for (const step of [date, this.#region, 'oss', 'aliyun_v4_request']) {
      bytes = createHmac('sha256', bytes).update(step).digest();
    }
    // A KeyObject because an HMAC with a key of plain bytes makes one each time, which costs eight times the HMAC itself.
    const key = createSecretKey(bytes);
    this.#kept = { secret, date, key };
    return key;
  }
}

/** The query string both as it is signed and as it is sent: encoded, sorted by name, '' for none. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => [encodeQueryText(name), encodeQueryText(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&');
}

function encodeQueryText(text: string): string {
  return encodeKeyForUrl(text).replaceAll('/', '%2F');
}

function canonicalRequest(request: RequestToSign, headers: Readonly<Record<string, string>>): string {
  const signedHeaders = Object.keys(headers)
    .filter(name => name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-'))
    .sort()
    .map(name => `${name}:${headers[name]?.trim()}\n`)
    .join('');
  return [
    request.method,
    `/${request.bucket}/${encodeKeyForUrl(request.key)}`,
    canonicalQuery(request.query),
    signedHeaders,
    '', // additional headers: none
    'UNSIGNED-PAYLOAD',
  ].join('\n');
}
