// Which bucket and key a request means. The target is taken as it came over the wire: `.`, `..` and `//` stay, %XX is decoded once.
// Like OSS it expects the bucket in the host name; a host that can have no subdomain (an IP, `localhost`, a plain name) gets path style.
// https://www.alibabacloud.com/help/en/oss/user-guide/object-naming-conventions

import { isIP } from 'node:net';
import { utf8Length } from '../../shared/utf8-order.ts';
import { percentDecode } from './header-text.ts';
import { OssError } from './oss-error.ts';

const MAX_KEY_BYTES = 1023;

export interface RequestAddress {
  /** Undefined for a request to the service. */
  readonly bucket: string | undefined;
  /** Decoded; empty for a request to the bucket. */
  readonly key: string;
  /** Decoded. A parameter without a value has the empty string. */
  readonly query: ReadonlyMap<string, string>;
}

export interface AddressRules {
  readonly isBucket: (name: string) => boolean;
  /** Custom domains: host name (without port) to bucket. */
  readonly cnames?: ReadonlyMap<string, string>;
}

/** Throws OssError 400 InvalidURI or InvalidObjectName, 403 SecondLevelDomainForbidden. */
export function parseAddress(request: { target: string; host: string }, rules: AddressRules): RequestAddress {
  // The absolute form that proxies send: the authority is in the Host header as well.
  const origin = request.target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = origin.indexOf('?');
  const path = (mark < 0 ? origin : origin.slice(0, mark)).replace(/^\//, '');
  const query = parseQuery(mark < 0 ? '' : origin.slice(mark + 1));
  const inHost = bucketOfHost(request.host, rules);
  if (inHost.style === 'host') return { bucket: inHost.bucket, key: decodeKey(path), query };
  if (inHost.style === 'service') {
    if (path === '') return { bucket: undefined, key: '', query };
    const message = 'The bucket you are attempting to access must be addressed using OSS third level domain.';
    throw new OssError({ status: 403, code: 'SecondLevelDomainForbidden', message });
  }
  const slash = path.indexOf('/');
  const bucket = decode(slash < 0 ? path : path.slice(0, slash));
  return { bucket: bucket || undefined, key: slash < 0 ? '' : decodeKey(path.slice(slash + 1)), query };
}

type HostStyle = { style: 'host'; bucket: string } | { style: 'path' } | { style: 'service' };

function bucketOfHost(hostHeader: string, rules: AddressRules): HostStyle {
  const host = hostHeader.replace(/:\d*$/, '').toLowerCase();
  const bucketOfDomain = rules.cnames?.get(host);
  if (bucketOfDomain !== undefined) return { style: 'host', bucket: bucketOfDomain };
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return { style: 'path' };
  const dot = host.indexOf('.');
  if (dot < 0) return { style: 'path' };
  const label = host.slice(0, dot);
  if (rules.isBucket(label)) return { style: 'host', bucket: label };
  return /^oss-[a-z0-9-]+\.aliyuncs\.com$/.test(host) ? { style: 'service' } : { style: 'host', bucket: label };
}

function parseQuery(text: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = equals < 0 ? '' : pair.slice(equals + 1);
    query.set(decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' ')));
  }
  return query;
}

function decode(text: string): string {
  const decoded = percentDecode(text);
  if (decoded !== undefined) return decoded;
  throw new OssError({ status: 400, code: 'InvalidURI', message: "Couldn't parse the specified URI." });
}

function decodeKey(text: string): string {
  const key = percentDecode(text);
  if (key !== undefined && isObjectName(key)) return key;
  throw new OssError({
    status: 400,
    code: 'InvalidObjectName',
    message: 'The specified object is not valid.',
    ec: '0016-00000005',
  });
}

/** At most 1,023 bytes and no slash or backslash in front. Empty is the bucket itself. */
export function isObjectName(key: string): boolean {
  return utf8Length(key) <= MAX_KEY_BYTES && !/^[/\\]/.test(key) && key.isWellFormed();
}
