// Which function answers which operation.

import { getBucketInfo, getBucketLocation } from './bucket-info.ts';
import { completeMultipartUpload } from './complete-upload.ts';
import { copyObject } from './copy-object.ts';
import { deleteMultipleObjects } from './delete-objects.ts';
import { getObject, getObjectMeta, headObject } from './get-object.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts';
import type { Exchange } from './oss-exchange.ts';
import { appendObject, deleteObject, putObject } from './put-object.ts';
import { restoreObject } from './storage-state.ts';
import { getSymlink, putSymlink } from './symlink.ts';
import { abortMultipartUpload, initiateMultipartUpload, uploadPart, uploadPartCopy } from './upload-parts.ts';

export const OPERATIONS: ReadonlyMap<string, (exchange: Exchange) => void | Promise<void>> = new Map([
  ['AbortMultipartUpload', abortMultipartUpload],
  ['AppendObject', appendObject],
  ['CompleteMultipartUpload', completeMultipartUpload],
  ['CopyObject', copyObject],
  ['DeleteMultipleObjects', deleteMultipleObjects],
  ['DeleteObject', deleteObject],
  ['DeleteObjectTagging', deleteObjectTagging],
  ['GetBucketInfo', getBucketInfo],
  ['GetBucketLocation', getBucketLocation],
  ['GetObject', getObject],
  ['GetObjectMeta', getObjectMeta],
  ['GetObjectTagging', getObjectTagging],
  ['GetSymlink', getSymlink],
  ['HeadObject', headObject],
  ['InitiateMultipartUpload', initiateMultipartUpload],
  ['ListMultipartUploads', listMultipartUploads],
  ['ListObjects', listObjects],
  ['ListObjectsV2', listObjectsV2],
  ['ListParts', listParts],
  ['PutObject', putObject],
  ['PutObjectTagging', putObjectTagging],
  ['PutSymlink', putSymlink],
  ['RestoreObject', restoreObject],
  ['UploadPart', uploadPart],
  ['UploadPartCopy', uploadPartCopy],
]);
