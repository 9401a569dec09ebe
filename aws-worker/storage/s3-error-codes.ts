// What each error of S3 means for a transfer. The codes on the right are S3's, those on the left the port's.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList

import type { ErrorKind } from '../../shared/bridge-error.ts';

export interface Meaning {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly advice: string;
}

const retryable = (code: string, advice: string): Meaning => ({ kind: 'retryable', code, advice });
const permanent = (code: string, advice: string): Meaning => ({ kind: 'permanent', code, advice });

export const CHANGED = retryable(
  'destination-changed',
  'The object at the destination is no longer as it was when it was looked at.',
);
export const CONFLICT = retryable('destination-conflict', 'Another write to the same key was under way.');
export const UPLOAD_MISSING = retryable('upload-missing', 'The multipart upload was completed or aborted meanwhile.');
export const PART_INVALID = retryable('upload-part-invalid', 'S3 does not have these parts as they were recorded.');
export const CHECKSUM = retryable(
  'destination-checksum-mismatch',
  'S3 received other bytes than were sent, and stored nothing.',
);
export const THROTTLED = retryable('destination-throttled', 'S3 asks for fewer requests.');
export const UNAVAILABLE = retryable('destination-unavailable', 'Nothing was written.');
export const UNKNOWN = retryable(
  'destination-unknown',
  'Nobody knows whether the write took place; the destination must be looked at.',
);
export const NOT_S3 = permanent(
  'destination-not-s3',
  'S3 says why in an error document, and this answer had none: look at what stands between, a proxy, a firewall or the endpoint. Work waits until S3 answers.',
);
export const DENIED = permanent('destination-access-denied', '');
export const ACCOUNT_DISABLED = permanent(
  'destination-account-disabled',
  'AWS has disabled the account that owns the bucket, or its use of S3. Look at its billing and ask AWS support.',
);
export const KMS_KEY_UNUSABLE = permanent(
  'destination-kms-key-unusable',
  'The KMS key is disabled, about to be deleted, or not there. Enable it, or set S3_KMS_KEY_ID to one that is in the region of the bucket.',
);
export const KMS = permanent('destination-access-denied', 'Look at the KMS key: its policy, its usage and its region.');
export const CREDENTIALS = permanent(
  'destination-credentials',
  'Look at the AWS credentials of the worker, and at its clock.',
);
export const BUCKET_MISSING = permanent('destination-bucket-missing', 'Look at S3_BUCKET.');
export const NO_ENDPOINT = permanent(
  'destination-bucket-missing',
  'There is no endpoint for it. Look at S3_BUCKET, S3_REGION and the endpoint settings.',
);
export const REGION = permanent('destination-region', '');
export const METADATA = permanent(
  'metadata-too-large',
  "The object's user metadata exceeds what S3 allows. Shorten it, or let it be dropped.",
);
export const REFUSED = permanent('destination-request-refused', 'Repeating it will not help.');
export const UNSUPPORTED = permanent('destination-not-supported', 'This server lacks something that the bridge needs.');

/** Server trouble after which a write may nevertheless have taken place. */
export const SERVER_TROUBLE: ReadonlySet<string> = new Set([
  'InternalError',
  'ServiceUnavailable',
  'InternalFailure',
  'ServiceFailure',
]);

/** By S3's error code, or the name of an SDK error that comes before a request. */
export const MEANING_OF_CODE: ReadonlyMap<string, Meaning> = new Map([
  ...group(CHANGED, 'PreconditionFailed NoSuchKey'),
  ...group(CONFLICT, 'ConditionalRequestConflict OperationAborted'),
  ...group(UPLOAD_MISSING, 'NoSuchUpload'),
  ...group(PART_INVALID, 'InvalidPart InvalidPartOrder'),
  ...group(CHECKSUM, 'BadDigest IncompleteBody XAmzContentSHA256Mismatch XAmzContentChecksumMismatch'),
  ...group(THROTTLED, 'SlowDown Throttling ThrottlingException ThrottledException KMS.ThrottlingException'),
  ...group(THROTTLED, 'RequestThrottled RequestThrottledException RequestLimitExceeded TooManyRequestsException'),
  ...group(THROTTLED, 'BandwidthLimitExceeded'),
  ...group(UNAVAILABLE, 'RequestTimeout TemporaryRedirect Busy'),
  ...group(DENIED, 'AccessDenied AccessDeniedException UnauthorizedAccess'),
  ...group(DENIED, 'MethodNotAllowed InvalidPayer InvalidObjectState'),
  ...group(ACCOUNT_DISABLED, 'AllAccessDisabled AccountProblem NotSignedUp'),
  ...group(KMS_KEY_UNUSABLE, 'KMS.DisabledException KMS.NotFoundException KMS.KMSInvalidStateException'),
  ...group(KMS, 'KMS.InvalidKeyUsageException'),
  ...group(CREDENTIALS, 'InvalidAccessKeyId SignatureDoesNotMatch ExpiredToken ExpiredTokenException InvalidToken'),
  ...group(CREDENTIALS, 'InvalidSecurity TokenRefreshRequired RequestTimeTooSkewed RequestExpired'),
  ...group(CREDENTIALS, 'InvalidClientTokenId UnrecognizedClientException CredentialsProviderError ProviderError'),
  ...group(CREDENTIALS, 'XAdminUserNotFound'), // versitygw's word for InvalidAccessKeyId
  ...group(BUCKET_MISSING, 'NoSuchBucket InvalidBucketName'),
  ...group(REGION, 'PermanentRedirect Redirect AuthorizationHeaderMalformed IllegalLocationConstraintException'),
  ...group(NO_ENDPOINT, 'EndpointError'),
  ...group(METADATA, 'MetadataTooLarge'),
  ...group(UNSUPPORTED, 'NotImplemented'),
]);

function group(meaning: Meaning, codes: string): (readonly [string, Meaning])[] {
  return codes.split(' ').map(code => [code, meaning] as const);
}
