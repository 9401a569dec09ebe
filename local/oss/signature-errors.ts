// How OSS refuses a signature. The EC numbers are those of its pages, https://www.alibabacloud.com/help/en/oss/support/0002-00000040 and on.

import { OssError } from './oss-error.ts';

/** https://www.alibabacloud.com/help/en/oss/support/0002-00000504 */
export const MAX_SKEW_MILLISECONDS = 15 * 60 * 1000;

export function timeSkewed(time: number, now: Date): OssError {
  return new OssError({
    status: 403,
    code: 'RequestTimeTooSkewed',
    message: 'The difference between the request time and the current time is too large.',
    ec: '0002-00000504',
    elements: {
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MILLISECONDS),
      RequestTime: new Date(time).toISOString(),
      ServerTime: now.toISOString(),
    },
  });
}

export function urlExpired(expiresAt: Date, now: Date): OssError {
  return new OssError({
    status: 403,
    code: 'AccessDenied',
    message: 'Request has expired.',
    ec: '0002-00000069',
    elements: { Expires: expiresAt.toISOString(), ServerTime: now.toISOString() },
  });
}

export function accessDenied(message: string, ec: string): OssError {
  return new OssError({ status: 403, code: 'AccessDenied', message, ec });
}

export function signatureArgument(name: string, value: string, message: string, ec?: string): OssError {
  const elements = { ArgumentName: name, ArgumentValue: value };
  return new OssError({ status: 400, code: 'InvalidArgument', message, elements, ...(ec === undefined ? {} : { ec }) });
}

/** An STS key without its token is looked for among the permanent ones, and not found. */
export function unknownAccessKey(accessKeyId: string, isTokenMissing: boolean): OssError {
  return new OssError({
    status: 403,
    code: 'InvalidAccessKeyId',
    message: 'The OSS Access Key Id you provided does not exist in our records.',
    ec: isTokenMissing ? '0002-00000003' : '0002-00000902',
    elements: { OSSAccessKeyId: accessKeyId },
  });
}

export function invalidSecurityToken(): OssError {
  const message = 'The security token you provided is invalid.';
  return new OssError({ status: 403, code: 'InvalidSecurityToken', message, ec: '0002-00000008' });
}

/** Says what should have been signed, which is how a wrong signer is found. */
export function signatureMismatch(options: {
  accessKeyId: string;
  signature: string;
  stringToSign: string;
  canonicalRequest: string | undefined;
}): OssError {
  const { accessKeyId, signature, stringToSign, canonicalRequest } = options;
  // Strings to sign are bytes as Latin-1; the document is UTF-8.
  const text = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8');
  return new OssError({
    status: 403,
    code: 'SignatureDoesNotMatch',
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    ec: '0002-00000040',
    elements: {
      OSSAccessKeyId: accessKeyId,
      SignatureProvided: signature,
      StringToSign: text(stringToSign),
      ...(canonicalRequest === undefined ? {} : { CanonicalRequest: text(canonicalRequest) }),
    },
  });
}
