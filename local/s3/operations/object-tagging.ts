// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html

import type { StoredObject } from '../../store/object-store.ts';
import { readTagsDocument, type Tags, writeTags } from '../object-tags.ts';
import { receiveDocument } from '../receive-body.ts';
import { type ObjectCall, sendEmpty, sendXml } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import { findObject } from './get-object.ts';

/** Tags are no part of an object's version: ETag and Last-Modified stay. */
async function replaceTags(call: ObjectCall, tags: Tags): Promise<void> {
  const { etag, headers, metadata, attributes }: StoredObject = await findObject(call);
  const accept = (current: StoredObject | undefined): void => {
    if (current === undefined) throw new S3Error('NoSuchKey', { details: { Key: call.key } });
    if (current.etag !== etag) throw new S3Error('OperationAborted');
  };
  await call.store.describe(
    call.key,
    { etag, headers, metadata, attributes, tags },
    { accept, keepLastModified: true },
  );
}

export async function getObjectTagging(call: ObjectCall): Promise<void> {
  sendXml(call, writeTags((await findObject(call)).tags));
}

export async function putObjectTagging(call: ObjectCall): Promise<void> {
  await replaceTags(call, readTagsDocument(await receiveDocument(call)));
  sendEmpty(call, 200);
}

export async function deleteObjectTagging(call: ObjectCall): Promise<void> {
  await replaceTags(call, {});
  sendEmpty(call, 204);
}
