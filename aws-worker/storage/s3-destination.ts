// S3 as the destination. PutObject, UploadPart and HeadObject are hand-signed (s3-signed-requests.ts), everything else goes through the SDK.

import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { ObjectDescription, ObjectDestination } from '../transfer/object-destination.ts';
import { createS3BucketSettings, type S3BucketSettings } from './s3-bucket-settings.ts';
import { createS3Clients } from './s3-clients.ts';
import { callS3 } from './s3-control-call.ts';
import { probeS3Completion, probeS3Tags, type S3FurtherProbes } from './s3-further-probes.ts';
import { createS3Head } from './s3-head.ts';
import { headersOfDescription } from './s3-metadata.ts';
import { createS3Multipart } from './s3-multipart.ts';
import type { S3DestinationOptions } from './s3-options.ts';
import { probeS3Destination } from './s3-probe.ts';
import { createS3PutRequests } from './s3-put-requests.ts';
import { createS3SignedRequests } from './s3-signed-requests.ts';

export type { S3DestinationOptions } from './s3-options.ts';

export interface S3Destination extends ObjectDestination {
  /**
   * Tries on a key of its own what the worker will do, and that the server refuses what it must refuse.
   * @throws BridgeError permanent `destination-ignores-conditions`, `destination-ignores-checksums`, `destination-loses-metadata`, and the
   * codes of ObjectDestination
   */
  probe(options: { readonly signal: AbortSignal }): Promise<void>;
  /** What `probe` leaves out, for those who ask before the start. @throws as `probe` */
  readonly furtherProbes: S3FurtherProbes;
  readonly bucketSettings: S3BucketSettings;
  /** Breaks what is in flight. */
  close(): Promise<void>;
}

/** Nothing is sent before the first call. */
export function createS3Destination(options: S3DestinationOptions): S3Destination {
  const { bucket, log } = options;
  const clients = createS3Clients(options);
  const signed = createS3SignedRequests(options, clients);
  const puts = createS3PutRequests(options, signed);
  const multipart = createS3Multipart(clients, options);
  const settings = settingHeaders(options);

  const headersFor = (key: string, description: ObjectDescription): Record<string, string> => {
    const { headers, droppedMetadata } = headersOfDescription(description, options.metadataOverflow);
    if (droppedMetadata.length > 0)
      log.warn('user metadata not carried over', { destinationKey: key, names: droppedMetadata });
    return { ...headers, ...settings };
  };

  const destination: ObjectDestination = {
    head: createS3Head(options, { signed, control: clients.control }),
    put: async ({ description, ...request }) => puts.put({ ...request, headers: headersFor(request.key, description) }),
    createUpload: async ({ key, description, signal }) =>
      multipart.createUpload({ key, headers: headersFor(key, description), signal }),
    uploadPart: puts.uploadPart,
    listParts: multipart.listParts,
    completeUpload: multipart.completeUpload,
    abortUpload: multipart.abortUpload,
    listUploads: multipart.listUploads,
  };

  const remove = async (key: string, signal: AbortSignal): Promise<void> => {
    await callS3({ operation: 'DeleteObject', bucket, key }, signal, sendOptions =>
      clients.control.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), sendOptions),
    );
  };

  const probe = { destination, remove, bucket, prefix: options.probePrefix ?? '', log };
  return {
    ...destination,
    probe: ({ signal }) => probeS3Destination({ ...probe, signal }),
    furtherProbes: {
      completion: ({ signal }) => probeS3Completion({ ...probe, signal }),
      tags: ({ signal }) => probeS3Tags({ ...probe, signal }),
    },
    bucketSettings: createS3BucketSettings(clients, bucket),
    async close() {
      await signed.close();
      clients.close();
    },
  };
}

/** What configuration says of every object. */
function settingHeaders(options: S3DestinationOptions): Record<string, string> {
  const headers: Record<string, string | undefined> = {
    'x-amz-storage-class': options.storageClass,
    'x-amz-server-side-encryption': options.encryption,
    'x-amz-server-side-encryption-aws-kms-key-id': options.kmsKeyId,
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-bucket-key-object.html
    'x-amz-server-side-encryption-bucket-key-enabled': options.isBucketKeyUsed?.toString(),
    'x-amz-acl': options.acl,
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
}
