// Lifecycle rules are kept and given back, never acted upon.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html

import { receiveDocument } from '../receive-body.ts';
import { type BucketCall, sendEmpty } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import { readXml } from '../s3-xml.ts';

export async function putBucketLifecycle(call: BucketCall): Promise<void> {
  const document = await receiveDocument(call);
  readXml(document, 'LifecycleConfiguration');
  call.state.lifecycles.set(call.bucket, document);
  sendEmpty(call, 200);
}

export async function getBucketLifecycle(call: BucketCall): Promise<void> {
  const document = call.state.lifecycles.get(call.bucket);
  if (document === undefined) throw new S3Error('NoSuchLifecycleConfiguration');
  call.response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(document) });
  call.response.end(document);
}

export async function deleteBucketLifecycle(call: BucketCall): Promise<void> {
  call.state.lifecycles.delete(call.bucket);
  sendEmpty(call, 204);
}
