// How a bucket is addressed at an endpoint. OSS's own domains want the bucket in the host name; a host that can have no subdomain
// gets it in the path; any other domain is a custom one (CNAME), which means one bucket already and wants it in neither.
// https://www.alibabacloud.com/help/en/oss/user-guide/oss-domain-names

import { isIP } from 'node:net';
import { BridgeError } from '../../shared/bridge-error.ts';

export interface OssAddress {
  /** Scheme, host and port: where connections go. */
  readonly origin: string;
  /** Before every path: '' or `/bucket`. */
  readonly pathPrefix: string;
}

export interface AddressOptions {
  /** With or without `oss-`. */
  readonly region: string;
  readonly bucket: string;
  /** Undefined: the region's public endpoint. */
  readonly endpoint: URL | undefined;
}

/** @throws BridgeError permanent `oss-endpoint-invalid` */
export function addressBucket({ region, bucket, endpoint }: AddressOptions): OssAddress {
  const url = endpoint ?? new URL(`https://oss-${standardRegion(region)}.aliyuncs.com`);
  const fault = endpointFault(url);
  if (fault !== undefined) {
    throw new BridgeError({ kind: 'permanent', code: 'oss-endpoint-invalid', message: `OSS_ENDPOINT ${fault}` });
  }
  const { protocol, hostname, host } = url;
  if (isAliyunDomain(hostname)) {
    const virtualHost = hostname.startsWith(`${bucket}.`) ? host : `${bucket}.${host}`;
    return { origin: `${protocol}//${virtualHost}`, pathPrefix: '' };
  }
  const canHaveSubdomain = isIP(hostname.replace(/^\[|\]$/g, '')) === 0 && hostname.includes('.');
  return { origin: `${protocol}//${host}`, pathPrefix: canHaveSubdomain ? '' : `/${bucket}` };
}

/** What signatures call the region: `cn-hangzhou`. */
export function standardRegion(region: string): string {
  return region.replace(/^oss-/, '');
}

function isAliyunDomain(hostname: string): boolean {
  return hostname.endsWith('.aliyuncs.com');
}

function endpointFault(url: URL): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// (or http://).';
  if (url.username !== '' || url.password !== '') return 'must not have a user name or password in it.';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return 'must be only a scheme, a host and perhaps a port: leave out what follows the host.';
  }
  if (isAliyunDomain(url.hostname) && /^([^.]+\.)?s3\./.test(url.hostname)) {
    return "is OSS's S3-compatible domain, whose answers have no CRC-64. Use the one without `s3.` in front.";
  }
  return undefined;
}
