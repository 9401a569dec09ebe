// OSS signature version 4 (OSS4-HMAC-SHA256), in the Authorization header or in the URL:
// https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4
// A parameter with an empty value is signed as its bare name, whether or not the URL has an `=` after it. Parameters are sorted by
// the bytes of their encoded names.

import { createHash, createHmac } from 'node:crypto';
import { percentEncode } from './header-text.ts';
import { canonicalHeader, type SignedRequest } from './signed-request.ts';

export const V4_ALGORITHM = 'OSS4-HMAC-SHA256';

export interface ScopeV4 {
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
}

export interface ClaimV4 {
  readonly scope: ScopeV4;
  /** YYYYMMDDTHHMMSSZ */
  readonly timestamp: string;
  /** Lower-case names, as the request lists them, joined by `;` when signed. */
  readonly additionalHeaders: readonly string[];
}

export function canonicalRequestV4(request: SignedRequest, additionalHeaders: readonly string[]): string {
  const path = request.bucket === undefined ? '/' : `/${request.bucket}/${request.key}`;
  const query = [...request.query]
    .filter(([name]) => name !== 'x-oss-signature')
    .map(([name, value]) => ({ name: percentEncode(name), value: percentEncode(value) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, value }) => (value === '' ? name : `${name}=${value}`));
  const names = Object.keys(request.headers).filter(
    name => name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-'),
  );
  const headers = [...new Set([...names, ...additionalHeaders])]
    .sort()
    .map(name => `${name}:${canonicalHeader(request, name)}\n`);
  return [
    request.method,
    percentEncode(path).replaceAll('%2F', '/'),
    query.join('&'),
    headers.join(''),
    additionalHeaders.join(';'),
    canonicalHeader(request, 'x-oss-content-sha256') || 'UNSIGNED-PAYLOAD',
  ].join('\n');
}

export function stringToSignV4(claim: ClaimV4, canonicalRequest: string): string {
  const { date, region } = claim.scope;
  const hash = createHash('sha256').update(canonicalRequest, 'latin1').digest('hex');
  return [V4_ALGORITHM, claim.timestamp, `${date}/${region}/oss/aliyun_v4_request`, hash].join('\n');
}

/** Signs, keeping the key of the last day and region, which is four of the five HMACs. */
export class SignerV4 {
  readonly #accessKeySecret: string;
  #last: { scope: string; key: Buffer } | undefined;

  constructor(accessKeySecret: string) {
    this.#accessKeySecret = accessKeySecret;
  }

  sign(scope: ScopeV4, stringToSign: string): string {
    return createHmac('sha256', this.#keyOf(scope)).update(stringToSign, 'latin1').digest('hex');
  }

  #keyOf({ date, region }: ScopeV4): Buffer {
    const name = `${date}/${region}`;
    if (this.#last?.scope === name) return this.#last.key;
    let key = Buffer.from(`aliyun_v4${this.#accessKeySecret}`);
    for (const step of [date, region, 'oss', 'aliyun_v4_request'])
      key = createHmac('sha256', key).update(step).digest();
    this.#last = { scope: name, key };
    return key;
  }
}
