// GetBucketInfo: what a bucket is, for people who ask before they start. The worker itself needs nothing of it, nor the permission.
// https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketinfo

import { KIBIBYTE } from '../../shared/limits.ts';
import type { OssClient } from './oss-client.ts';
import { badAnswer } from './oss-object.ts';
import { readWholeBody } from './oss-transport.ts';

export interface OssBucketInfo {
  /** `cn-hangzhou`, without `oss-`. */
  readonly region: string;
  readonly storageClass: string;
  /** Also where versioning is suspended: old versions are there. */
  readonly isVersioned: boolean;
  /** Undefined where the answer does not say. */
  readonly isAccelerated: boolean | undefined;
}

/** The document has some thirty short elements. */
const MAX_BYTES = 64 * KIBIBYTE;
/** Elements are read with a pattern, as those of errors are: nothing is expanded, whoever answers. */
const ELEMENT = /<([A-Za-z]{1,40})>([^<]{0,200})<\//g;

/** @throws BridgeError as OssClient does; retryable `source-bad-answer` */
export async function getBucketInfo(client: OssClient, signal: AbortSignal): Promise<OssBucketInfo> {
  const answer = await client.sendOnce({ method: 'GET', key: undefined, query: { bucketInfo: '' }, signal });
  const { limits, timeouts } = client;
  const body = (await readWholeBody(answer, { maxBytes: MAX_BYTES, limits, timeouts, signal })).toString('utf8');
  const elements = new Map([...body.matchAll(ELEMENT)].map(([, name = '', value = '']) => [name, value]));
  const region = elements.get('Location')?.replace(/^oss-/, '');
  if (!body.includes('<BucketInfo') || region === undefined) throw badAnswer(undefined, 'is no bucket information');
  const acceleration = elements.get('TransferAcceleration');
  return {
    region,
    storageClass: elements.get('StorageClass') ?? 'Standard',
    isVersioned: ['Enabled', 'Suspended'].includes(elements.get('Versioning') ?? ''),
    isAccelerated: acceleration === undefined ? undefined : acceleration === 'Enabled',
  };
}
