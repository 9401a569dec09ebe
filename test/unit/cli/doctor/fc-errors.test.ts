import { describe, expect, it } from 'vitest';
import { fcFailure } from '../../../../cli/doctor/fc-errors.ts';

const sdkError = (text: string, code?: string) => Object.assign(new Error(text), code === undefined ? {} : { code });

describe('what the SDK throws', () => {
  it.each([
    ['GET /functions/f failed with 404. requestid: 1-2, message: undefined.', undefined, 'fc-not-found'],
    ['GET /functions/f failed with 403. requestid: 1-2, message: no.', 'AccessDenied', 'fc-access-denied'],
    ['GET /functions/f failed with 403. requestid: 1-2, message: no.', 'SignatureNotMatch', 'fc-credentials'],
    ['GET /functions/f failed with 401. requestid: 1-2, message: no.', undefined, 'fc-credentials'],
    ['GET /functions/f failed with 400. requestid: 1-2, message: no.', 'InvalidArgument', 'fc-refused'],
    ['GET /functions/f failed with 429. requestid: 1-2, message: slow.', undefined, 'fc-unavailable'],
    ['GET /functions/f failed with 503. requestid: 1-2, message: no.', undefined, 'fc-unavailable'],
    ['connect ECONNREFUSED 127.0.0.1:9', 'ECONNREFUSED', 'fc-unavailable'],
  ])('%s (%s) is %s', (text, code, expected) => {
    expect(fcFailure(sdkError(text, code), 'GET /functions/f').code).toBe(expected);
  });

  it('is told with status, code, words and request id', () => {
    const error = sdkError('GET /x failed with 403. requestid: 1-2-3, message: not you.', 'AccessDenied');
    expect(fcFailure(error, 'GET /x').message).toMatch(/\(HTTP 403, AccessDenied, "not you", request 1-2-3\)$/);
  });
});
