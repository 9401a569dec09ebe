// What the SDK throws -> BridgeError. It knows the fields of the older API's errors; of 3.0's it keeps the HTTP status, in words.

import { BridgeError } from '../../shared/bridge-error.ts';
import { quoteText } from '../../shared/messages/quote-text.ts';

interface Meaning {
  readonly kind: 'retryable' | 'permanent';
  readonly code: string;
  readonly advice: string;
}

const NOT_FOUND: Meaning = { kind: 'permanent', code: 'fc-not-found', advice: 'There is none.' };
const DENIED: Meaning = {
  kind: 'permanent',
  code: 'fc-access-denied',
  advice:
    'Allow the deployer fc:GetFunction, fc:ListTriggers, fc:GetAsyncInvokeConfig and fc:InvokeFunction on it (AliyunFCFullAccess has them; AliyunFCReadOnlyAccess all but the last). A wrong secret and a wrong ALIYUN_ACCOUNT_ID are refused in the same way.',
};
const CREDENTIALS: Meaning = {
  kind: 'permanent',
  code: 'fc-credentials',
  advice:
    'Check ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET (and ALIBABA_CLOUD_SECURITY_TOKEN), ALIYUN_ACCOUNT_ID, and the clock.',
};
const UNAVAILABLE: Meaning = {
  kind: 'retryable',
  code: 'fc-unavailable',
  advice: 'Check OSS_REGION and ALIYUN_ACCOUNT_ID, which make its address, and the way out of this network.',
};
const REFUSED: Meaning = {
  kind: 'permanent',
  code: 'fc-refused',
  advice: 'Function Compute refuses the request.',
};

const CREDENTIAL_CODES = /AccessKey|Signature|SecurityToken|Unauthenticated|AccountNotMatch/i;

export function fcFailure(error: unknown, what: string): BridgeError {
  const text = error instanceof Error ? error.message : String(error);
  const status = Number(/ failed with (\d{3})\b/.exec(text)?.[1]);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const said = /message: (?!undefined)(.{1,300}?)\.?$/s.exec(text)?.[1];
  const requestId = /requestid: ([\w-]{1,64})/.exec(text)?.[1];
  const meaning = meaningOf(status, code);
  const evidence = [
    Number.isNaN(status) ? undefined : `HTTP ${status}`,
    code === undefined || !/^[A-Za-z][\w.]{0,99}$/.test(code) ? undefined : code,
    said === undefined ? undefined : quoteText(said),
    requestId === undefined || requestId === 'undefined' ? undefined : `request ${requestId}`,
  ].filter(part => part !== undefined);
  const message = `${what}: ${meaning.advice} (${evidence.length === 0 ? 'no answer' : evidence.join(', ')})`;
  return new BridgeError({ kind: meaning.kind, code: meaning.code, message, cause: error });
}

function meaningOf(status: number, code: string | undefined): Meaning {
  if (code !== undefined && CREDENTIAL_CODES.test(code)) return CREDENTIALS;
  if (status === 401) return CREDENTIALS;
  if (status === 403) return DENIED;
  if (status === 404) return NOT_FOUND;
  if (Number.isNaN(status) || status >= 500 || status === 429) return UNAVAILABLE;
  return REFUSED;
}
