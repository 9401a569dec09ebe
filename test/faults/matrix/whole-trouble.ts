// Faults that meet every request of a service: credentials, a bucket that is gone, an outage.

import type { Fault } from '../../../local/faults/fault-rule.ts';

export interface WholeTrouble {
  readonly name: string;
  readonly service: 'oss' | 's3';
  readonly fault: Fault;
  /** The worker mends it by itself. */
  readonly isMended?: boolean;
}

const MINUTES_OFF_SECONDS = 20 * 60;

function refused(service: 'oss' | 's3', status: number, code: string): WholeTrouble {
  return { name: `${service.toUpperCase()} ${code}`, service, fault: { kind: 'status', status, code } };
}

/** An OSS or S3 whose clock differs is one to which this machine's differs. */
function clockOff(service: 'oss' | 's3', offsetSeconds: number): WholeTrouble {
  const name = `${service.toUpperCase()} with a clock that is ${offsetSeconds > 0 ? 'fast' : 'slow'}`;
  // S3 says by how much, and its requests are signed for its own time then.
  return { name, service, fault: { kind: 'clock', offsetSeconds }, isMended: service === 's3' };
}

export const WHOLE_TROUBLES: readonly WholeTrouble[] = [
  refused('oss', 403, 'InvalidAccessKeyId'),
  refused('oss', 403, 'SignatureDoesNotMatch'),
  refused('oss', 403, 'SecurityTokenExpired'),
  refused('oss', 403, 'UserDisable'),
  refused('oss', 404, 'NoSuchBucket'),
  refused('oss', 403, 'PublicEndpointForbidden'),
  refused('oss', 500, 'InternalError'),
  refused('oss', 503, 'TotalQpsLimitExceeded'),
  clockOff('oss', MINUTES_OFF_SECONDS),
  clockOff('oss', -MINUTES_OFF_SECONDS),
  { name: 'OSS that is not there', service: 'oss', fault: { kind: 'reset', at: 'before' } },
  { name: 'a cache before OSS', service: 'oss', fault: { kind: 'header', name: 'Age', value: '10' } },
  refused('s3', 403, 'InvalidAccessKeyId'),
  refused('s3', 403, 'SignatureDoesNotMatch'),
  refused('s3', 400, 'ExpiredToken'),
  refused('s3', 403, 'AllAccessDisabled'),
  refused('s3', 404, 'NoSuchBucket'),
  refused('s3', 301, 'PermanentRedirect'),
  refused('s3', 400, 'KMS.DisabledException'),
  refused('s3', 500, 'InternalError'),
  refused('s3', 503, 'SlowDown'),
  clockOff('s3', MINUTES_OFF_SECONDS),
  clockOff('s3', -MINUTES_OFF_SECONDS),
  { name: 'S3 that is not there', service: 's3', fault: { kind: 'reset', at: 'before' } },
];
