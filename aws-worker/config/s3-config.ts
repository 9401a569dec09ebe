// The destination, and how objects are written to it.

import type { EnvironmentReader } from '../../shared/environment.ts';
import type { RoleToAssume } from '../credentials/sts-role.ts';
import { readBucketName } from './bucket-name.ts';

const STORAGE_CLASSES = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
  'REDUCED_REDUNDANCY',
  'EXPRESS_ONEZONE',
] as const;
const ENCRYPTIONS = ['AES256', 'aws:kms', 'aws:kms:dsse'] as const;
const ACLS = ['private', 'bucket-owner-full-control', 'bucket-owner-read'] as const;
const OVERFLOWS = ['fail', 'drop'] as const;

export interface S3Config {
  readonly bucket: string;
  readonly region: string;
  /** Not another server, which may call its region as it likes. */
  readonly isAtAws: boolean;
  readonly prefix: string;
  readonly forcePathStyle: boolean;
  readonly storageClass: (typeof STORAGE_CLASSES)[number] | undefined;
  readonly encryption: (typeof ENCRYPTIONS)[number] | undefined;
  readonly kmsKeyId: string | undefined;
  /** A data key for the bucket, not one for each object. Undefined: the bucket's own setting. */
  readonly isBucketKeyUsed: boolean | undefined;
  readonly acl: (typeof ACLS)[number] | undefined;
  readonly metadataOverflow: (typeof OVERFLOWS)[number];
  /** Who writes pays, not the bucket's owner. */
  readonly isRequesterPaying: boolean;
  /** Assumed for all requests to S3, and for nothing else. */
  readonly role: RoleToAssume | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const S3_BUCKET = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:[^:]+:s3:[^:]+:\d+:accesspoint[/:].+)$/;

export function readS3Config(read: EnvironmentReader): S3Config {
  return {
    bucket: readBucketName(read, 'S3_BUCKET', S3_BUCKET, 'the name of the S3 bucket to copy to'),
    region: read.optional('S3_REGION') ?? read.text('AWS_REGION', ''),
    isAtAws: read.optional('AWS_ENDPOINT_URL_S3') === undefined,
    prefix: read.text('S3_PREFIX', ''),
    forcePathStyle: read.boolean('S3_FORCE_PATH_STYLE', false),
    storageClass: read.optionalOneOf('S3_STORAGE_CLASS', STORAGE_CLASSES),
    ...readEncryption(read),
    acl: read.optionalOneOf('S3_ACL', ACLS),
    metadataOverflow: read.oneOf('S3_METADATA_OVERFLOW', OVERFLOWS, 'fail'),
    isRequesterPaying: read.boolean('S3_REQUESTER_PAYS', false),
    role: readS3Role(read),
  };
}

function readEncryption(read: EnvironmentReader): Pick<S3Config, 'encryption' | 'kmsKeyId' | 'isBucketKeyUsed'> {
  const encryption = read.optionalOneOf('S3_ENCRYPTION', ENCRYPTIONS);
  const kmsKeyId = read.optional('S3_KMS_KEY_ID');
  const isBucketKeyUsed =
    read.optional('S3_BUCKET_KEY') === undefined ? undefined : read.boolean('S3_BUCKET_KEY', false);
  if (kmsKeyId !== undefined && encryption !== 'aws:kms' && encryption !== 'aws:kms:dsse') {
    read.fault('S3_KMS_KEY_ID is set, so S3_ENCRYPTION must be aws:kms or aws:kms:dsse.');
  }
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html, https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingDSSEncryption.html
  if (isBucketKeyUsed !== undefined && encryption !== 'aws:kms') {
    read.fault('S3_BUCKET_KEY is set, so S3_ENCRYPTION must be aws:kms: no other encryption has bucket keys.');
  }
  return { encryption, kmsKeyId, isBucketKeyUsed };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const ROLE_ARN = /^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

/** S3_ROLE_ARN and S3_ROLE_EXTERNAL_ID. */
export function readS3Role(read: EnvironmentReader): RoleToAssume | undefined {
  const arn = read.optional('S3_ROLE_ARN');
  const externalId = read.optional('S3_ROLE_EXTERNAL_ID');
  if (arn === undefined) {
    if (externalId !== undefined)
      read.fault('S3_ROLE_EXTERNAL_ID is set without S3_ROLE_ARN, the role that asks for it.');
    return undefined;
  }
  if (!ROLE_ARN.test(arn)) {
    read.fault(`S3_ROLE_ARN is ${JSON.stringify(arn)}; it looks like arn:aws:iam::111122223333:role/name.`);
  }
  if (externalId !== undefined && !EXTERNAL_ID.test(externalId)) {
    read.fault(
      'S3_ROLE_EXTERNAL_ID has characters that no external id has; it has 2 to 1,224 of A-Z a-z 0-9 _+=,.@:/-',
    );
  }
  return { arn, externalId, stsRegion: read.text('AWS_REGION', '') };
}
