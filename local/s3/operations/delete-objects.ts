// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html

import { deleteConditions } from '../preconditions.ts';
import { receiveDocument } from '../receive-body.ts';
import { type BucketCall, headerOf, type ObjectCall, sendEmpty, sendXml } from '../s3-call.ts';
import { invalidRequest, S3Error } from '../s3-error.ts';
import { childText, readXml, type XmlElement, type XmlNode } from '../s3-xml.ts';

const MAX_KEYS = 1000;
/** Conditions that only directory buckets know. */
const DIRECTORY_BUCKET_HEADERS = ['x-amz-if-match-last-modified-time', 'x-amz-if-match-size'];

/** Deleting what isn't there is no error, unless If-Match is given: then it is NoSuchKey. */
export async function deleteObject(call: ObjectCall): Promise<void> {
  const header = DIRECTORY_BUCKET_HEADERS.find(name => headerOf(call, name) !== undefined);
  if (header !== undefined) throw new S3Error('NotImplemented', { details: { Header: header } });
  await call.store.remove(call.key, deleteConditions(headerOf(call, 'if-match')));
  sendEmpty(call, 204);
}

async function deleteEntry(call: BucketCall, entry: XmlElement): Promise<XmlNode> {
  const key = childText(entry, 'Key');
  if (key === undefined) throw new S3Error('MalformedXML');
  const versionId = childText(entry, 'VersionId');
  try {
    if (versionId !== undefined && versionId !== 'null') throw new S3Error('NotImplemented');
    await call.store.remove(key, deleteConditions(childText(entry, 'ETag')));
    return ['Deleted', [['Key', key]]];
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return [
      'Error',
      [
        ['Key', key],
        ['Code', error.code],
        ['Message', error.message],
      ],
    ];
  }
}

export async function deleteObjects(call: BucketCall): Promise<void> {
  const isProven = Object.keys(call.request.headers).some(
    name => name === 'content-md5' || name === 'x-amz-trailer' || name.startsWith('x-amz-checksum-'),
  );
  if (!isProven) {
    throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const root = readXml(await receiveDocument(call), 'Delete');
  const entries = root.children.get('Object') ?? [];
  if (entries.length === 0 || entries.length > MAX_KEYS) throw new S3Error('MalformedXML');
  const isQuiet = childText(root, 'Quiet') === 'true';
  const results: XmlNode[] = [];
  for (const entry of entries) results.push(await deleteEntry(call, entry));
  sendXml(call, ['DeleteResult', isQuiet ? results.filter(([name]) => name === 'Error') : results]);
}
