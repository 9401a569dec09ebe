// Which operation a request asks for, by method, level and sub-resource, in AWS's own names. A sub-resource that isn't covered is never
// taken for the plain operation (a `PUT ?tagging` that overwrote the object would be worse than an error): it is `NotImplemented`.

import { queryValue, type RequestTarget } from './request-target.ts';

/** Parameters that select another resource than the bucket or object itself, or another version of it. */
const SUB_RESOURCES = new Set(
  (
    'abac accelerate acl analytics annotation annotations append attributes cors delete encryption intelligent-tiering inventory legal-hold ' +
    'lifecycle list-type location logging metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable metrics ' +
    'notification object-lock ownershipControls partNumber policy policyStatus publicAccessBlock renameObject replication ' +
    'requestPayment restore retention select session tagging torrent update uploadId uploads versionId versioning versions website'
  ).split(' '),
);

/** `METHOD level sub-resources in alphabetical order` to operation. */
const OPERATIONS: Readonly<Record<string, string>> = {
  'GET service': 'ListBuckets',
  'PUT bucket': 'CreateBucket',
  'HEAD bucket': 'HeadBucket',
  'GET bucket': 'ListObjects',
  'GET bucket list-type': 'ListObjectsV2',
  'GET bucket location': 'GetBucketLocation',
  'GET bucket uploads': 'ListMultipartUploads',
  'GET bucket versioning': 'GetBucketVersioning',
  'GET bucket ownershipControls': 'GetBucketOwnershipControls',
  'GET bucket lifecycle': 'GetBucketLifecycleConfiguration',
  'PUT bucket lifecycle': 'PutBucketLifecycleConfiguration',
  'DELETE bucket lifecycle': 'DeleteBucketLifecycle',
  'POST bucket delete': 'DeleteObjects',
  'GET object': 'GetObject',
  'HEAD object': 'HeadObject',
  'PUT object': 'PutObject',
  'DELETE object': 'DeleteObject',
  'GET object attributes': 'GetObjectAttributes',
  'GET object tagging': 'GetObjectTagging',
  'PUT object tagging': 'PutObjectTagging',
  'DELETE object tagging': 'DeleteObjectTagging',
  'POST object uploads': 'CreateMultipartUpload',
  'PUT object partNumber uploadId': 'UploadPart',
  'GET object uploadId': 'ListParts',
  'POST object uploadId': 'CompleteMultipartUpload',
  'DELETE object uploadId': 'AbortMultipartUpload',
};

const METHODS = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE']);

export function nameOperation(options: { method: string; target: RequestTarget; isCopy: boolean }): string {
  const { method, target } = options;
  if (!METHODS.has(method)) return 'MethodNotAllowed';
  const level = target.bucket === undefined ? 'service' : target.key === undefined ? 'bucket' : 'object';
  const present = new Set(target.query.map(([name]) => name).filter(name => SUB_RESOURCES.has(name)));
  // A bucket that never had versions: its objects are the version `null`.
  if (queryValue(target, 'versionId') === 'null') present.delete('versionId');
  const subResources = [...present].sort();
  const operation = OPERATIONS[[method, level, ...subResources].join(' ')];
  if (operation === undefined) return subResources.length === 0 ? 'MethodNotAllowed' : 'NotImplemented';
  if (!options.isCopy) return operation;
  if (operation === 'PutObject') return 'CopyObject';
  return operation === 'UploadPart' ? 'NotImplemented' : operation;
}
