// Which operation of the API a request is: the method, whether it names an object, and the subresource in its query decide.

import type { IncomingHttpHeaders } from 'node:http';

export interface OperationClues {
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
}

/** `Unsupported` for what this stand-in does not answer, `MethodNotAllowed` for what OSS does not. */
export function nameOperation(clues: OperationClues): string {
  if (clues.bucket === undefined) return clues.method === 'GET' ? 'ListBuckets' : 'MethodNotAllowed';
  return clues.key === '' ? nameBucketOperation(clues) : nameObjectOperation(clues);
}

const UNSUPPORTED = [
  'acl',
  'versions',
  'versioning',
  'lifecycle',
  'policy',
  'stat',
  'inventory',
  'x-oss-process',
  'encryption',
];

function nameBucketOperation({ method, query }: OperationClues): string {
  if (UNSUPPORTED.some(name => query.has(name))) return 'Unsupported';
  if (method === 'POST') return query.has('delete') ? 'DeleteMultipleObjects' : 'Unsupported';
  if (method !== 'GET') return method === 'PUT' || method === 'DELETE' ? 'Unsupported' : 'MethodNotAllowed';
  if (query.has('bucketInfo')) return 'GetBucketInfo';
  if (query.has('location')) return 'GetBucketLocation';
  if (query.has('uploads')) return 'ListMultipartUploads';
  return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
}

function nameObjectOperation({ method, query, headers }: OperationClues): string {
  if (UNSUPPORTED.some(name => query.has(name))) return 'Unsupported';
  switch (method) {
    case 'GET':
      if (query.has('objectMeta')) return 'GetObjectMeta';
      if (query.has('tagging')) return 'GetObjectTagging';
      if (query.has('symlink')) return 'GetSymlink';
      return query.has('uploadId') ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return query.has('objectMeta') ? 'GetObjectMeta' : 'HeadObject';
    case 'PUT':
      if (query.has('tagging')) return 'PutObjectTagging';
      if (query.has('symlink')) return 'PutSymlink';
      if (query.has('uploadId')) return headers['x-oss-copy-source'] === undefined ? 'UploadPart' : 'UploadPartCopy';
      return headers['x-oss-copy-source'] === undefined ? 'PutObject' : 'CopyObject';
    case 'POST':
      if (query.has('append')) return 'AppendObject';
      if (query.has('uploads')) return 'InitiateMultipartUpload';
      if (query.has('uploadId')) return 'CompleteMultipartUpload';
      return query.has('restore') ? 'RestoreObject' : 'MethodNotAllowed';
    case 'DELETE':
      if (query.has('tagging')) return 'DeleteObjectTagging';
      return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
    default:
      return 'MethodNotAllowed';
  }
}
