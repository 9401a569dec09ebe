// What each operation needs to be allowed, for the advice in an error. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html

export type S3Operation =
  | 'HeadObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListMultipartUploads'
  | 'ListObjectsV2'
  | 'GetBucketOwnershipControls'
  | 'GetBucketLifecycleConfiguration';

const KMS = 'with a KMS key also kms:GenerateDataKey and kms:Decrypt on it';

export const PERMISSIONS: Readonly<Record<S3Operation, string>> = {
  HeadObject:
    'Allow s3:GetObject on the objects and s3:ListBucket on the bucket; without s3:ListBucket S3 answers 403 for an object that does not exist. A bucket whose callers pay needs S3_REQUESTER_PAYS=true.',
  PutObject: `Allow s3:PutObject and (for If-Match) s3:GetObject on the objects; with tags also s3:PutObjectTagging, with an ACL s3:PutObjectAcl, ${KMS}.`,
  DeleteObject: 'Allow s3:DeleteObject on the objects.',
  CreateMultipartUpload: `Allow s3:PutObject on the objects; with tags also s3:PutObjectTagging, with an ACL s3:PutObjectAcl, ${KMS}.`,
  UploadPart: `Allow s3:PutObject on the objects; ${KMS}.`,
  ListParts: 'Allow s3:ListMultipartUploadParts on the objects.',
  CompleteMultipartUpload: `Allow s3:PutObject and (for If-Match) s3:GetObject on the objects; ${KMS}.`,
  AbortMultipartUpload: 'Allow s3:AbortMultipartUpload on the objects.',
  ListMultipartUploads: 'Allow s3:ListBucketMultipartUploads on the bucket.',
  ListObjectsV2: 'Allow s3:ListBucket on the bucket.',
  GetBucketOwnershipControls: 'Allow s3:GetBucketOwnershipControls on the bucket.',
  GetBucketLifecycleConfiguration: 'Allow s3:GetLifecycleConfiguration on the bucket.',
};
