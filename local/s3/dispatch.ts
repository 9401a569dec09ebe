// From the name of an operation to what serves it, once the bucket is known to be there and the key to be acceptable.

import { utf8Length } from '../../shared/utf8-order.ts';
import { deleteBucketLifecycle, getBucketLifecycle, putBucketLifecycle } from './operations/bucket-lifecycle.ts';
import {
  createBucket,
  getBucketLocation,
  getBucketOwnershipControls,
  getBucketVersioning,
  headBucket,
  listBuckets,
} from './operations/buckets.ts';
import { completeMultipartUpload } from './operations/complete-multipart-upload.ts';
import { copyObject } from './operations/copy-object.ts';
import { createMultipartUpload } from './operations/create-multipart-upload.ts';
import { deleteObject, deleteObjects } from './operations/delete-objects.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { getObjectAttributes } from './operations/get-object-attributes.ts';
import { listObjects, listObjectsV2 } from './operations/list-objects.ts';
import { listMultipartUploads, listParts } from './operations/list-uploads.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/object-tagging.ts';
import { putObject } from './operations/put-object.ts';
import { abortMultipartUpload, uploadPart } from './operations/upload-part.ts';
import type { BucketCall, ObjectCall, S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

const BUCKET_OPERATIONS = new Map<string, (call: BucketCall) => Promise<void>>([
  ['HeadBucket', headBucket],
  ['ListObjects', listObjects],
  ['ListObjectsV2', listObjectsV2],
  ['GetBucketLocation', getBucketLocation],
  ['GetBucketVersioning', getBucketVersioning],
  ['GetBucketOwnershipControls', getBucketOwnershipControls],
  ['ListMultipartUploads', listMultipartUploads],
  ['GetBucketLifecycleConfiguration', getBucketLifecycle],
  ['PutBucketLifecycleConfiguration', putBucketLifecycle],
  ['DeleteBucketLifecycle', deleteBucketLifecycle],
  ['DeleteObjects', deleteObjects],
]);

const OBJECT_OPERATIONS = new Map<string, (call: ObjectCall) => Promise<void>>([
  ['GetObject', getObject],
  ['HeadObject', headObject],
  ['PutObject', putObject],
  ['CopyObject', copyObject],
  ['DeleteObject', deleteObject],
  ['GetObjectAttributes', getObjectAttributes],
  ['GetObjectTagging', getObjectTagging],
  ['PutObjectTagging', putObjectTagging],
  ['DeleteObjectTagging', deleteObjectTagging],
  ['CreateMultipartUpload', createMultipartUpload],
  ['UploadPart', uploadPart],
  ['ListParts', listParts],
  ['CompleteMultipartUpload', completeMultipartUpload],
  ['AbortMultipartUpload', abortMultipartUpload],
]);

/** Their names. */
export const S3_OPERATIONS: readonly string[] = [
  'ListBuckets',
  'CreateBucket',
  ...BUCKET_OPERATIONS.keys(),
  ...OBJECT_OPERATIONS.keys(),
];

export async function dispatch(call: S3Call): Promise<void> {
  const { operation, state } = call;
  const { bucket, key } = call.target;
  if (operation === 'MethodNotAllowed') throw new S3Error('MethodNotAllowed');
  if (operation === 'ListBuckets') return listBuckets(call);
  if (operation === 'CreateBucket' && bucket !== undefined) return createBucket({ ...call, bucket });
  const store = bucket === undefined ? undefined : state.findBucket(bucket);
  if (bucket === undefined || store === undefined) {
    throw new S3Error('NoSuchBucket', { details: { BucketName: bucket ?? '' } });
  }
  const serveBucket = BUCKET_OPERATIONS.get(operation);
  if (serveBucket !== undefined) return serveBucket({ ...call, bucket, store });
  const serveObject = OBJECT_OPERATIONS.get(operation);
  if (serveObject === undefined || key === undefined) throw new S3Error('NotImplemented');
  const keyBytes = utf8Length(key);
  if (keyBytes > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', {
      details: { Size: String(keyBytes), MaxSizeAllowed: String(MAX_KEY_BYTES) },
    });
  }
  return serveObject({ ...call, bucket, store, key });
}
