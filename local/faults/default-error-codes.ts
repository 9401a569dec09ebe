// The code that a service most often gives with a status, for a fault that names none.

import type { FaultRequest } from './match-rule.ts';

const CODES: Readonly<Record<FaultRequest['service'], Readonly<Record<number, string>>>> = {
  // https://www.alibabacloud.com/help/en/oss/developer-reference/error-responses
  oss: {
    400: 'InvalidArgument',
    403: 'AccessDenied',
    404: 'NoSuchKey',
    409: 'ObjectAlreadyExists',
    412: 'PreconditionFailed',
    416: 'InvalidRange',
    429: 'TooManyRequests',
    500: 'InternalError',
    503: 'ServiceUnavailable',
  },
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  s3: {
    301: 'PermanentRedirect',
    307: 'TemporaryRedirect',
    400: 'RequestTimeout',
    403: 'AccessDenied',
    404: 'NoSuchKey',
    409: 'ConditionalRequestConflict',
    412: 'PreconditionFailed',
    416: 'InvalidRange',
    500: 'InternalError',
    503: 'SlowDown',
  },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
  sqs: {
    400: 'InvalidParameterValue',
    403: 'AccessDenied',
    404: 'QueueDoesNotExist',
    429: 'RequestThrottled',
    500: 'InternalError',
    503: 'ServiceUnavailable',
  },
};

export function defaultErrorCode(service: FaultRequest['service'], status: number): string {
  const code = CODES[service][status];
  if (code !== undefined) return code;
  if (status >= 500 || status < 300) return 'InternalError';
  return status < 400 ? 'Redirect' : 'BadRequest';
}
