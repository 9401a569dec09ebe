// What an OSS error says: `<Error><Code/><Message/>…</Error>`, flat. It is read with a pattern, not a parser, because it may be cut
// short, be a proxy's HTML, or mean harm: nothing is expanded, so no document grows in memory.
// https://www.alibabacloud.com/help/en/oss/developer-reference/error-responses

import type { OssHeaders } from './oss-headers.ts';
import { headerValue } from './oss-headers.ts';

/** More of an error than anybody needs; the rest is not read. */
export const ERROR_BODY_MAX_BYTES = 64 * 1024;

/** Element names to texts; the first of a name counts. Empty for what is not an OSS error. */
export type OssErrorBody = ReadonlyMap<string, string>;

/** Whoever answers in the place of OSS may put anything there; what no code of OSS looks like is none. */
const CODE = /^[A-Za-z][\w.-]{0,99}$/;

export function parseErrorBody(text: string): OssErrorBody {
  const elements = new Map<string, string>();
  if (!text.includes('<Error>')) return elements;
  for (const [, name, value] of text.matchAll(/<([A-Za-z]{1,40})>([^<]*)<\//g)) {
    if (name !== undefined && value !== undefined && !elements.has(name)) elements.set(name, decodeXmlText(value));
  }
  if (!CODE.test(elements.get('Code') ?? '')) elements.clear();
  return elements;
}

/** Answers to HEAD have no body; OSS puts the same document, in base64, into a header. */
export function errorTextOf(headers: OssHeaders, body: string): string {
  if (body !== '') return body;
  const encoded = headerValue(headers, 'x-oss-err');
  return encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeXmlText(text: string): string {
  return text.replace(/&([a-z]{1,4}|#\d{1,7}|#x[0-9a-fA-F]{1,6});/g, (whole, name: string) => {
    if (!name.startsWith('#')) return NAMED[name] ?? whole;
    const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
