import type { EnvironmentReader } from '../../shared/environment.ts';

export function readBucketName(
  read: EnvironmentReader,
  name: 'OSS_BUCKET' | 'S3_BUCKET',
  rule: RegExp,
  purpose: string,
): string {
  const bucket = read.required(name, purpose);
  if (bucket !== '' && !rule.test(bucket)) {
    read.fault(
      `${name} is ${JSON.stringify(bucket)}; it must be the bare name of a bucket: 3 to 63 lower-case letters, digits and hyphens.`,
    );
  }
  return bucket;
}
