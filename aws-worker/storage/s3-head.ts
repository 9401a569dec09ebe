// Looking at the destination: one HEAD. An error to a HEAD has no body, so that wrong credentials, a wrong region and a missing permission
// look alike; a GET of the first byte then says which it is.

import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DestinationObject, ObjectDestination } from '../transfer/object-destination.ts';
import { callS3 } from './s3-control-call.ts';
import { withoutQuotes } from './s3-etag.ts';
import { failureOfSdkError } from './s3-failure.ts';
import { recordOfMetadata } from './s3-source-record.ts';

export function createS3Head(client: S3Client, bucket: string): ObjectDestination['head'] {
  return (key, { signal }) =>
    callS3(
      { operation: 'HeadObject', bucket, key },
      signal,
      async (options): Promise<DestinationObject | undefined> => {
        try {
          const answer = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), options);
          return {
            key,
            sizeBytes: answer.ContentLength ?? 0,
            etag: withoutQuotes(answer.ETag ?? ''),
            record: recordOfMetadata(answer.Metadata),
          };
        } catch (error) {
          const { status, region } = failureOfSdkError(error);
          // Object or bucket? A HEAD cannot tell; the probe at start has seen the bucket.
          if (status === 404) return undefined;
          if (region === undefined && (status === 400 || status === 401 || status === 403)) {
            await readFirstByte(
              client,
              new GetObjectCommand({ Bucket: bucket, Key: key, Range: 'bytes=0-0' }),
              options,
            );
          }
          throw error;
        }
      },
    );
}

/** Throws what S3 says of a GET; returns when that explains nothing, because it works or there is no such object. */
async function readFirstByte(
  client: S3Client,
  command: GetObjectCommand,
  options: { readonly abortSignal: AbortSignal },
): Promise<void> {
  try {
    const answer = await client.send(command, options);
    await answer.Body?.transformToByteArray(); // An unread body would keep its socket.
  } catch (error) {
    if (failureOfSdkError(error).status !== 404) throw error;
  }
}
