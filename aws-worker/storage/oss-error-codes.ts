// What each error of OSS means for us, by its Code (never by EC, which the vendor reserves the right to change), and what a person
// can do about it. https://www.alibabacloud.com/help/en/oss/support/http-status-codes-and-error-codes-1

import type { ErrorKind } from '../../shared/bridge-error.ts';

export interface CodeMeaning {
  readonly kind: ErrorKind;
  readonly code: string;
  /** Whole sentences. */
  readonly advice: string;
}

/** Inside the adapter only: it becomes `undefined` at the port. */
export const SOURCE_MISSING = 'source-missing';

const changed: CodeMeaning = {
  kind: 'retryable',
  code: 'source-changed',
  advice: 'The object was overwritten while it was being read; it is read again.',
};
const missing: CodeMeaning = { kind: 'permanent', code: SOURCE_MISSING, advice: 'There is no such object.' };
const throttled: CodeMeaning = {
  kind: 'retryable',
  code: 'source-throttled',
  advice: 'OSS limits the rate. If it lasts, lower OSS_MAX_REQUESTS_PER_SECOND or OSS_MAX_MEGABITS_PER_SECOND.',
};
const unavailable: CodeMeaning = {
  kind: 'retryable',
  code: 'source-unavailable',
  advice: 'OSS had a failure of its own; the request is repeated.',
};
const badToken: CodeMeaning = {
  kind: 'permanent',
  code: 'source-credentials',
  advice: 'The security token is invalid or has expired. Use a RAM user key, or renew the token before it expires.',
};

const MEANINGS: ReadonlyMap<string, CodeMeaning> = new Map([
  ['NoSuchKey', missing],
  ['SymlinkTargetNotExist', missing],
  ['PreconditionFailed', changed],
  ['InvalidRange', changed],
  [
    'NoSuchBucket',
    {
      kind: 'permanent',
      code: 'source-bucket-missing',
      advice: 'There is no such bucket at this endpoint. Check OSS_BUCKET, OSS_REGION and OSS_ENDPOINT.',
    },
  ],
  [
    'InvalidObjectState',
    {
      kind: 'permanent',
      code: 'source-archived',
      advice:
        'The object is archived and cannot be read. Restore it (or turn on real-time access of Archive objects for the bucket), then send it again.',
    },
  ],
  [
    'PublicEndpointForbidden',
    {
      kind: 'permanent',
      code: 'source-public-endpoint-forbidden',
      advice:
        "This account may not read a bucket in mainland China through OSS's default public domain (accounts new to OSS since 2025-03-20). Map a custom domain (CNAME) with an ICP filing to the bucket and set OSS_ENDPOINT=https://that-domain; inside Alibaba Cloud the -internal endpoint works too.",
    },
  ],
  [
    'ApkDownloadForbidden',
    {
      kind: 'permanent',
      code: 'source-apk-download-forbidden',
      advice:
        'OSS does not serve .apk and .ipa files from its default domain. Map a custom domain (CNAME) to the bucket and set OSS_ENDPOINT=https://that-domain, then send the object again.',
    },
  ],
  [
    'InvalidAccessKeyId',
    {
      kind: 'permanent',
      code: 'source-credentials',
      advice:
        'OSS does not know the access key, or it is disabled, or a temporary one was used without its token. Check OSS_ACCESS_KEY_ID.',
    },
  ],
  [
    'SignatureDoesNotMatch',
    {
      kind: 'permanent',
      code: 'source-credentials',
      advice:
        'The secret does not belong to the access key: check OSS_ACCESS_KEY_SECRET for a missing or extra character. A proxy that rewrites requests has the same effect.',
    },
  ],
  ['SecurityTokenExpired', badToken],
  ['InvalidSecurityToken', badToken],
  ['SecurityTokenNotSupported', badToken],
  [
    'UserDisable',
    {
      kind: 'permanent',
      code: 'source-account-disabled',
      advice:
        'OSS has disabled the account that owns the bucket, most often for overdue payment. Settle it in the Alibaba Cloud console.',
    },
  ],
  [
    'AccessDenied',
    {
      kind: 'permanent',
      code: 'source-access-denied',
      advice:
        'The access key may not do this. Its RAM policy needs oss:GetObject, oss:GetObjectTagging (if tags are copied) and oss:ListObjects; a bucket policy or an IP rule can refuse as well. A bucket whose readers pay needs OSS_REQUESTER_PAYS=true.',
    },
  ],
  [
    'InvalidTargetType',
    {
      kind: 'permanent',
      code: 'source-symlink-invalid',
      advice: 'The symbolic link points to another symbolic link, which OSS does not follow. Point it to an object.',
    },
  ],
  [
    'InvalidObjectName',
    { kind: 'permanent', code: 'source-key-refused', advice: 'OSS does not accept this as the name of an object.' },
  ],
  ...[
    'DownloadTrafficRateLimitExceeded',
    'UploadTrafficRateLimitExceeded',
    'TotalQpsLimitExceeded',
    'MetaOperationQpsLimitExceeded',
    'ActiveRequestLimitExceeded',
    'CpuLimitExceeded',
    'ServiceUnavailable',
    'ServerBusy',
    'SlowDown',
    'QpsLimitExceeded',
  ].map(code => [code, throttled] as const),
  ['InternalError', unavailable],
  ['RequestTimeout', unavailable],
]);

/** Undefined for a code that has no special meaning here. */
export function meaningOf(code: string): CodeMeaning | undefined {
  return MEANINGS.get(code);
}

/** By the status alone: for codes unknown here, and for answers without a code. */
export function meaningOfStatus(status: number): CodeMeaning {
  if (status === 429 || status === 503) return throttled;
  if (status >= 500 || status === 408) return unavailable;
  if (status === 412 || status === 416) return changed;
  return {
    kind: 'permanent',
    code: status === 403 ? 'source-access-denied' : 'source-refused',
    advice: 'OSS refused the request.',
  };
}
