// Lifecycle rules are checked for what S3 refuses of a mixture, kept, and given back; never acted upon.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html

import { receiveDocument } from '../receive-body.ts';
import { type BucketCall, headerOf, sendEmpty } from '../s3-call.ts';
import { invalidRequest, S3Error } from '../s3-error.ts';
import { childText, readXml, type XmlElement } from '../s3-xml.ts';

/** Of the whole configuration: each write without it sets it back to the default. */
const MINIMUM_SIZE = 'x-amz-transition-default-minimum-object-size';
export const DEFAULT_MINIMUM_SIZE = 'all_storage_classes_128K';

export async function putBucketLifecycle(call: BucketCall): Promise<void> {
  const document = await receiveDocument(call);
  checkRules(readXml(document, 'LifecycleConfiguration').children.get('Rule') ?? []);
  const minimumSize = headerOf(call, MINIMUM_SIZE) ?? DEFAULT_MINIMUM_SIZE;
  call.state.lifecycles.set(call.bucket, { document, minimumSize });
  sendEmpty(call, 200);
}

/** A rule has a filter, or, in the older form, a prefix; all of a configuration are of one form. */
function checkRules(rules: readonly XmlElement[]): void {
  if (rules.length === 0) throw new S3Error('MalformedXML');
  const isOlderForm = rules.some(rule => rule.children.has('Prefix'));
  if (isOlderForm && rules.some(rule => rule.children.has('Filter'))) {
    throw invalidRequest('Filter element can only be used in Lifecycle V2.');
  }
  const ids = rules.flatMap(rule => childText(rule, 'ID') ?? []);
  if (new Set(ids).size < ids.length) throw new S3Error('InvalidArgument', { message: 'Rule ID must be unique.' });
}

export async function getBucketLifecycle(call: BucketCall): Promise<void> {
  const lifecycle = call.state.lifecycles.get(call.bucket);
  if (lifecycle === undefined) throw new S3Error('NoSuchLifecycleConfiguration');
  call.response.writeHead(200, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(lifecycle.document),
    [MINIMUM_SIZE]: lifecycle.minimumSize,
  });
  call.response.end(lifecycle.document);
}

export async function deleteBucketLifecycle(call: BucketCall): Promise<void> {
  call.state.lifecycles.delete(call.bucket);
  sendEmpty(call, 204);
}
