// Whether a failure is about the one object, or would meet every other one too. The first is counted and ends in the failure list; the second
// fails nothing: work waits in the queue until a person, or time, has mended it.

import { BridgeError } from './bridge-error.ts';

const EVERYTHING = new Set([
  // Somebody must mend the configuration, a policy or a clock.
  'source-credentials',
  'source-bucket-missing',
  'source-public-endpoint-forbidden',
  'source-credentials-unavailable',
  'source-account-disabled',
  'source-wrong-region',
  'source-wrong-endpoint',
  'source-certificate',
  'source-not-oss',
  'source-cached',
  'source-redirected',
  'source-clock-skew',
  'destination-credentials',
  'destination-bucket-missing',
  'destination-account-disabled',
  'destination-kms-key-unusable',
  'destination-region',
  'destination-ignores-conditions',
  'destination-not-s3',
  'ledger-unavailable',
  // Time mends these.
  'source-throttled',
  'source-unreachable',
  'source-unavailable',
  'destination-throttled',
  'destination-unavailable',
  'destination-unknown',
  'ledger-busy',
  'queue-unavailable',
  'queue-throttled',
  'queue-clock-skew',
  'queue-credentials',
  'queue-access-denied',
  'queue-missing',
  'queue-region',
]);

export function concernsEverything(error: unknown): boolean {
  return error instanceof BridgeError && EVERYTHING.has(error.code);
}
