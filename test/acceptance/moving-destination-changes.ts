// What other tools, rules and policies do at the destination while a key is being moved, and how it may end.

import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
} from '@aws-sdk/client-s3';
import { LOCAL } from '../../local/local-cloud.ts';
import { S3Error } from '../../local/s3/s3-error.ts';
import { AFTER_THE_WRITE, type Moment } from './moving-moments.ts';
import { bytesOf, encryptionOf, isLarge, putDestination, type Scene, type Stage } from './moving-stage.ts';

/**
 * `equal`: what the worker looks at afterwards it puts right. `equal bytes`: so, but an object of the very same bytes may be taken as it is, without
 * what describes it. `refused`: a write that comes later fails, and says so.
 */
export type DestinationEnd = 'equal' | 'equal bytes' | 'refused';

export interface DestinationChange {
  readonly name: string;
  readonly end: DestinationEnd;
  /** Left out: all. */
  readonly suits?: (scene: Scene, moment: Moment) => boolean;
  change(stage: Stage): Promise<void>;
}

const VERSION_ID = 'x-amz-version-id';

export const DESTINATION_CHANGES: readonly DestinationChange[] = [
  {
    name: 'written by another tool',
    end: 'equal',
    change: stage => putDestination(stage, bytesOf('other', stage.scene.sizeBytes)),
  },
  {
    name: 'written by another tool in the same bytes',
    end: 'equal bytes',
    change: stage => putDestination(stage, bytesOf('first', stage.scene.sizeBytes)),
  },
  { name: 'deleted', end: 'equal', change: remove },
  {
    name: 'hidden by a delete marker',
    end: 'equal',
    async change(stage) {
      await remove(stage);
      // As a versioned bucket answers: a HEAD of the marker is a 404, and every answer names a version.
      stage.answerWith(({ service, operation, setHeader }) => {
        if (service !== 's3') return;
        setHeader(VERSION_ID, 'null');
        if (operation === 'HeadObject') setHeader('x-amz-delete-marker', 'true');
      });
    },
  },
  {
    name: 'bereft of its upload by a lifecycle rule',
    end: 'equal',
    suits: hasUpload,
    change: abortUploads,
  },
  {
    name: 'written by another tool, and bereft of its upload',
    end: 'equal',
    suits: hasUpload,
    async change(stage) {
      await putDestination(stage, bytesOf('other', 1000));
      await abortUploads(stage);
    },
  },
  {
    name: 'locked against writes',
    end: 'refused',
    async change({ answerWith }) {
      answerWith(({ operation }) => {
        if (operation === 'PutObject' || operation === 'CompleteMultipartUpload') throw new S3Error('AccessDenied');
      });
    },
  },
  {
    name: 'moved to another storage class by a copy onto itself',
    end: 'equal',
    async change({ bridge, s3, key }) {
      if ((await bridge.destination.find(key)) === undefined) return;
      const CopySource = `${LOCAL.s3Bucket}/${encodeURIComponent(key)}`;
      await s3.send(
        new CopyObjectCommand({
          Bucket: LOCAL.s3Bucket,
          Key: key,
          CopySource,
          StorageClass: 'STANDARD_IA',
          ...encryptionOf(bridge),
        }),
      );
    },
  },
];

function hasUpload(scene: Scene, moment: Moment): boolean {
  return isLarge(scene) && !AFTER_THE_WRITE.includes(moment);
}

async function remove({ s3, key }: Stage): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: LOCAL.s3Bucket, Key: key }));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html */
async function abortUploads({ s3, key: Key }: Stage): Promise<void> {
  const Bucket = LOCAL.s3Bucket;
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
  for (const { UploadId } of Uploads) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
}
