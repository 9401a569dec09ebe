import { expect, it } from 'vitest';
import { nameOperation } from '../../../../local/s3/name-operation.ts';
import { readRequestTarget } from '../../../../local/s3/request-target.ts';

it.each([
  ['GET', '/', 'ListBuckets'],
  ['PUT', '/b', 'CreateBucket'],
  ['PUT', '/b/', 'CreateBucket'],
  ['GET', '/b?list-type=2&prefix=a', 'ListObjectsV2'],
  ['GET', '/b?prefix=a', 'ListObjects'],
  ['POST', '/b?delete', 'DeleteObjects'],
  ['PUT', '/b/k?x-id=PutObject', 'PutObject'],
  ['PUT', '/b/k?tagging', 'PutObjectTagging'],
  ['PUT', '/b/k?partNumber=1&uploadId=u', 'UploadPart'],
  ['PUT', '/b/k?uploadId=u', 'NotImplemented'],
  ['POST', '/b/k?uploads', 'CreateMultipartUpload'],
  ['POST', '/b/k?uploadId=u', 'CompleteMultipartUpload'],
  ['GET', '/b/k?versionId=null', 'GetObject'],
  ['GET', '/b/k?versionId=1', 'NotImplemented'],
  ['PUT', '/b/k?acl', 'NotImplemented'],
  ['DELETE', '/b', 'MethodNotAllowed'],
  ['OPTIONS', '/b/k', 'MethodNotAllowed'],
])('%s %s is %s', (method, url, operation) => {
  expect(nameOperation({ method, target: readRequestTarget(url, 'localhost'), isCopy: false })).toBe(operation);
});

it('tells a copy from a put, and refuses to copy a part', () => {
  const name = (url: string) => nameOperation({ method: 'PUT', target: readRequestTarget(url, ''), isCopy: true });
  expect(name('/b/k')).toBe('CopyObject');
  expect(name('/b/k?partNumber=1&uploadId=u')).toBe('NotImplemented');
});
