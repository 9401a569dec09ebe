// The raw request target, taken apart but never normalised: `a/../b`, `//` and a trailing `.` are keys like any other. A bucket
// is named by the host (`bucket.localhost:PORT`) or by the first segment of the path.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html

import { S3Error } from './s3-error.ts';

const VIRTUAL_HOST_SUFFIX = '.localhost';

export interface RequestTarget {
  /** The path as S3 reads it: decoded, with its leading slash. */
  readonly path: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** Decoded, in the order in which they came. A name without `=` has an empty value. */
  readonly query: readonly (readonly [name: string, value: string])[];
}

/** `+` stands for a space, in S3's paths too: a plus sign has to come as %2B. Throws InvalidURI. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new S3Error('InvalidURI');
  }
}

function readQuery(source: string): [string, string][] {
  return source
    .split('&')
    .filter(pair => pair !== '')
    .map(pair => {
      const at = pair.indexOf('=');
      return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
}

function bucketOfHost(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return name.endsWith(VIRTUAL_HOST_SUFFIX) ? name.slice(0, -VIRTUAL_HOST_SUFFIX.length) : undefined;
}

/** `rawUrl` as it stands in the request line; an absolute form loses its origin. Throws InvalidURI. */
export function readRequestTarget(rawUrl: string, host: string): RequestTarget {
  const url = rawUrl.startsWith('/') ? rawUrl : rawUrl.replace(/^[a-z]+:\/\/[^/?]*/i, '');
  const questionMark = url.indexOf('?');
  const rawPath = questionMark < 0 ? url : url.slice(0, questionMark);
  const query = questionMark < 0 ? [] : readQuery(url.slice(questionMark + 1));
  const path = decode(rawPath === '' ? '/' : rawPath);
  const hostBucket = bucketOfHost(host);
  if (hostBucket !== undefined) return { path, query, bucket: hostBucket, key: path.slice(1) || undefined };
  const slash = path.indexOf('/', 1);
  const bucket = (slash < 0 ? path.slice(1) : path.slice(1, slash)) || undefined;
  return { path, query, bucket, key: slash < 0 ? undefined : path.slice(slash + 1) || undefined };
}

/** The value of the first parameter of this name. */
export function queryValue(target: RequestTarget, name: string): string | undefined {
  return target.query.find(([candidate]) => candidate === name)?.[1];
}
