// What most scripts do: ali-oss reads, the AWS SDK writes, both with their defaults. Small objects whole; large ones as a stream into Upload.

import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import OSS from 'ali-oss';
import { MEBIBYTE } from '../../shared/limits.ts';
import type { Variant } from './variant.ts';

const WHOLE_MAX_BYTES = 8 * MEBIBYTE;

export function createNaiveVariant(environment: Readonly<Record<string, string | undefined>>): Variant {
  const oss = new OSS({
    region: `oss-${environment.OSS_REGION}`,
    bucket: environment.OSS_BUCKET ?? '',
    endpoint: environment.OSS_ENDPOINT ?? '',
    accessKeyId: environment.OSS_ACCESS_KEY_ID ?? '',
    accessKeySecret: environment.OSS_ACCESS_KEY_SECRET ?? '',
  });
  // Region, endpoint and credentials from the environment, as the SDK does by itself.
  const client = new S3Client({ forcePathStyle: true });
  return {
    async copy({ key, sizeBytes }) {
      const target = { Bucket: environment.S3_BUCKET ?? '', Key: key };
      if (sizeBytes <= WHOLE_MAX_BYTES) {
        const { content } = await oss.get(key);
        await client.send(new PutObjectCommand({ ...target, Body: content }));
      } else {
        const { stream } = await oss.getStream(key);
        await new Upload({ client, params: { ...target, Body: stream } }).done();
      }
    },
    async close() {
      client.destroy();
    },
  };
}
