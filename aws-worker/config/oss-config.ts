// The source, and how it is read.

import type { EnvironmentReader } from '../../shared/environment.ts';
import { readBucketName } from './bucket-name.ts';
import { type OssCredentialSource, readOssCredentialSource } from './oss-credential-source.ts';

export interface OssConfig {
  /** `cn-hangzhou`, without `oss-`. */
  readonly region: string;
  readonly bucket: string;
  readonly endpoint: URL | undefined;
  readonly prefix: string;
  readonly credentials: OssCredentialSource;
  /** Who reads pays, not the bucket's owner. */
  readonly isRequesterPaying: boolean;
  readonly maxMegabitsPerSecond: number | undefined;
  readonly maxRequestsPerSecond: number | undefined;
}

/** https://www.alibabacloud.com/help/en/oss/user-guide/bucket-naming-conventions */
const OSS_BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

export function readOssConfig(read: EnvironmentReader): OssConfig {
  const region = read.required('OSS_REGION', 'the region of the OSS bucket, such as cn-hangzhou').replace(/^oss-/, '');
  if (region !== '' && !/^[a-z]{2,}(-[a-z0-9]+)+$/.test(region)) {
    read.fault(`OSS_REGION is ${JSON.stringify(region)}; it looks like cn-hangzhou or ap-southeast-1.`);
  }
  return {
    region,
    bucket: readBucketName(read, 'OSS_BUCKET', OSS_BUCKET, 'the name of the OSS bucket to copy from'),
    endpoint: read.url('OSS_ENDPOINT'),
    prefix: read.text('OSS_PREFIX', ''),
    credentials: readOssCredentialSource(read),
    isRequesterPaying: read.boolean('OSS_REQUESTER_PAYS', false),
    maxMegabitsPerSecond: read.optionalInteger('OSS_MAX_MEGABITS_PER_SECOND', { minimum: 1, maximum: 1_000_000 }),
    maxRequestsPerSecond: read.optionalInteger('OSS_MAX_REQUESTS_PER_SECOND', { minimum: 1, maximum: 1_000_000 }),
  };
}
