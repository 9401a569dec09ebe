import { describe, expect, it } from 'vitest';
import { type FailedRequest, translateS3Failure } from '../../../../aws-worker/storage/s3-errors.ts';
import {
  failureOfResponse,
  failureOfSdkError,
  failureOfTransport,
  type S3Failure,
} from '../../../../aws-worker/storage/s3-failure.ts';

const put: FailedRequest = { operation: 'PutObject', bucket: 'b', key: 'k', isConditionalWrite: true };
const part: FailedRequest = { operation: 'UploadPart', bucket: 'b', key: 'k' };
const complete: FailedRequest = {
  operation: 'CompleteMultipartUpload',
  bucket: 'b',
  key: 'k',
  isConditionalWrite: true,
};
const head: FailedRequest = { operation: 'HeadObject', bucket: 'b', key: 'k' };

const answered = (status: number, code?: string, more: Partial<S3Failure> = {}): S3Failure => ({
  kind: 'answered',
  status,
  code,
  ...more,
});

describe('translateS3Failure', () => {
  it.each<[S3Failure, FailedRequest, string, string]>([
    [answered(412, 'PreconditionFailed'), put, 'retryable', 'destination-changed'],
    [answered(404, 'NoSuchKey'), put, 'retryable', 'destination-changed'],
    [answered(404), put, 'permanent', 'destination-not-s3'],
    [answered(404, 'SomethingElse'), put, 'permanent', 'destination-request-refused'],
    [answered(409, 'ConditionalRequestConflict'), put, 'retryable', 'destination-conflict'],
    [answered(409, 'OperationAborted'), put, 'retryable', 'destination-conflict'],
    [answered(404, 'NoSuchUpload'), part, 'retryable', 'upload-missing'],
    [answered(400, 'InvalidPart'), complete, 'retryable', 'upload-part-invalid'],
    [answered(400, 'InvalidPartOrder'), complete, 'retryable', 'upload-part-invalid'],
    [answered(400, 'BadDigest'), put, 'retryable', 'destination-checksum-mismatch'],
    [answered(400, 'IncompleteBody'), put, 'retryable', 'destination-checksum-mismatch'],
    [
      answered(400, 'InvalidRequest', { message: 'The x-amz-mp-object-size header does not match' }),
      complete,
      'retryable',
      'destination-checksum-mismatch',
    ],
    [answered(400, 'InvalidRequest', { message: 'No.' }), complete, 'permanent', 'destination-request-refused'],
    [answered(400, 'MetadataTooLarge'), put, 'permanent', 'metadata-too-large'],
    [answered(403, 'AccessDenied'), put, 'permanent', 'destination-access-denied'],
    [answered(403), head, 'permanent', 'destination-access-denied'],
    [answered(403), put, 'permanent', 'destination-not-s3'],
    [answered(404), complete, 'permanent', 'destination-not-s3'],
    [answered(418), put, 'permanent', 'destination-not-s3'],
    [answered(400, 'KMS.InvalidKeyUsageException'), put, 'permanent', 'destination-access-denied'],
    [answered(400, 'KMS.DisabledException'), put, 'permanent', 'destination-kms-key-unusable'],
    [answered(400, 'KMS.NotFoundException'), put, 'permanent', 'destination-kms-key-unusable'],
    [answered(400, 'KMS.KMSInvalidStateException'), put, 'permanent', 'destination-kms-key-unusable'],
    [answered(403, 'AllAccessDisabled'), put, 'permanent', 'destination-account-disabled'],
    [answered(403, 'AccountProblem'), head, 'permanent', 'destination-account-disabled'],
    [answered(403, 'NotSignedUp'), put, 'permanent', 'destination-account-disabled'],
    [answered(404, 'NoSuchBucket'), put, 'permanent', 'destination-bucket-missing'],
    [answered(301, 'PermanentRedirect'), put, 'permanent', 'destination-region'],
    [answered(301), head, 'permanent', 'destination-region'],
    [answered(400, undefined, { region: 'eu-west-1' }), head, 'permanent', 'destination-region'],
    [answered(400, 'InvalidArgument', { region: 'eu-west-1' }), put, 'permanent', 'destination-request-refused'],
    [answered(400, 'AuthorizationHeaderMalformed'), put, 'permanent', 'destination-region'],
    [answered(403, 'InvalidAccessKeyId'), put, 'permanent', 'destination-credentials'],
    [answered(403, 'SignatureDoesNotMatch'), put, 'permanent', 'destination-credentials'],
    [answered(400, 'ExpiredToken'), put, 'permanent', 'destination-credentials'],
    [answered(403, 'RequestTimeTooSkewed'), put, 'permanent', 'destination-credentials'],
    [answered(503, 'SlowDown'), put, 'retryable', 'destination-throttled'],
    [answered(429), put, 'retryable', 'destination-throttled'],
    [answered(503), head, 'retryable', 'destination-throttled'],
    [answered(400, 'RequestTimeout'), put, 'retryable', 'destination-unavailable'],
    [answered(501, 'NotImplemented'), put, 'permanent', 'destination-not-supported'],
    [answered(400, 'InvalidStorageClass'), put, 'permanent', 'destination-request-refused'],
    // What leaves a write open, and the same where nothing can be open.
    [answered(500, 'InternalError'), put, 'retryable', 'destination-unknown'],
    [answered(200, 'InternalError'), complete, 'retryable', 'destination-unknown'],
    [answered(503, 'ServiceUnavailable'), put, 'retryable', 'destination-unknown'],
    [answered(503), put, 'retryable', 'destination-unknown'],
    [answered(504), complete, 'retryable', 'destination-unknown'],
    [answered(204), put, 'retryable', 'destination-unknown'],
    [answered(500, 'InternalError'), part, 'retryable', 'destination-unavailable'],
    [answered(503, 'ServiceUnavailable'), part, 'retryable', 'destination-throttled'],
    [{ kind: 'unanswered', code: 'ECONNRESET' }, put, 'retryable', 'destination-unknown'],
    [{ kind: 'unanswered', code: 'ECONNRESET' }, part, 'retryable', 'destination-unavailable'],
    [{ kind: 'unsent', code: 'ECONNREFUSED' }, put, 'retryable', 'destination-unavailable'],
    [{ kind: 'unsent', code: 'CredentialsProviderError' }, put, 'permanent', 'destination-credentials'],
    [{ kind: 'unsent', code: 'EndpointError' }, put, 'permanent', 'destination-bucket-missing'],
  ])('%o of %o is %s %s', (failure, request, kind, code) => {
    expect(translateS3Failure(failure, request)).toMatchObject({ kind, code, key: 'k' });
  });

  it('names the right region', () => {
    const error = translateS3Failure(answered(301, 'PermanentRedirect', { region: 'ap-east-1' }), put);
    expect(error.message).toContain('S3_REGION=ap-east-1');
  });

  it('names the permission that is missing', () => {
    expect(translateS3Failure(answered(403), head).message).toContain('s3:ListBucket');
    expect(translateS3Failure(answered(403, 'AccessDenied'), put).message).toContain('s3:PutObject');
  });

  it('passes on how long S3 asks to wait', () => {
    const failure = failureOfResponse({ status: 503, headers: { 'retry-after': '7' }, body: '' });
    expect(translateS3Failure(failure, part).retryAfterMilliseconds).toBe(7000);
  });

  it('keeps the message short', () => {
    const error = translateS3Failure(answered(400, 'Odd', { message: 'x'.repeat(10_000) }), put);
    expect(error.message.length).toBeLessThan(500);
  });
});

describe('failureOfResponse', () => {
  it("reads S3's error document", () => {
    const body =
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region &#34;a&#34; is wrong</Message><Region>eu-west-1</Region><StringToSign>secret</StringToSign></Error>';
    expect(failureOfResponse({ status: 400, headers: {}, body })).toEqual({
      kind: 'answered',
      status: 400,
      code: 'AuthorizationHeaderMalformed',
      message: 'the region "a" is wrong',
      region: 'eu-west-1',
      retryAfterMilliseconds: undefined,
    });
  });

  it.each(['', '<html>Bad gateway</html>', '<Error><Code>Cut', '<Error>', 'not xml <Error'])(
    'makes do with the body %j',
    body => {
      expect(failureOfResponse({ status: 502, headers: {}, body })).toMatchObject({ kind: 'answered', status: 502 });
    },
  );

  it('takes the region from the header where there is no body', () => {
    const failure = failureOfResponse({ status: 301, headers: { 'x-amz-bucket-region': 'cn-north-1' }, body: '' });
    expect(failure.region).toBe('cn-north-1');
  });
});

describe('failureOfTransport', () => {
  const coded = (code: string) => Object.assign(new Error(code), { code });

  it.each([
    ['ECONNREFUSED', false, 'unsent'],
    // A route that is lost in the midst of a request.
    ['EHOSTUNREACH', true, 'unanswered'],
    ['ENETUNREACH', true, 'unanswered'],
    ['ECONNRESET', false, 'unsent'],
    ['ECONNRESET', true, 'unanswered'],
    ['EPIPE', true, 'unanswered'],
    ['UND_ERR_SOCKET', true, 'unanswered'],
    ['UND_ERR_HEADERS_TIMEOUT', true, 'unanswered'],
  ])('takes %s (started: %s) for %s', (code, started, kind) => {
    expect(failureOfTransport(coded(code), started).kind).toBe(kind);
  });

  it('finds the code of a cause', () => {
    expect(failureOfTransport(new Error('fetch failed', { cause: coded('ECONNREFUSED') }), false).code).toBe(
      'ECONNREFUSED',
    );
  });
});

describe('failureOfSdkError', () => {
  const sdkError = (fields: object) => Object.assign(new Error('said'), fields);

  it.each([
    ['ECONNREFUSED', 'unsent'],
    ['ENOTFOUND', 'unsent'],
    ['UND_ERR_CONNECT_TIMEOUT', 'unsent'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'unsent'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'unsent'],
    ['ECONNRESET', 'unanswered'],
  ])('takes %s, of which the SDK says no more, for %s', (code, kind) => {
    expect(failureOfSdkError(sdkError({ code })).kind).toBe(kind);
  });

  it('reads what the SDK reports of an answer', () => {
    const error = sdkError({
      name: 'PermanentRedirect',
      $metadata: { httpStatusCode: 301 },
      $response: { headers: { 'x-amz-bucket-region': 'eu-west-1', 'retry-after': '1' } },
    });
    expect(failureOfSdkError(error)).toMatchObject({
      kind: 'answered',
      status: 301,
      code: 'PermanentRedirect',
      region: 'eu-west-1',
      retryAfterMilliseconds: 1000,
    });
  });

  it.each(['Unknown', 'UnknownError', 'NotFound', '403'])(
    'takes the name %s of an answer without a body for none',
    name => {
      expect(failureOfSdkError(sdkError({ name, $metadata: { httpStatusCode: 403 } })).code).toBeUndefined();
    },
  );

  it.each([
    [{ name: 'TimeoutError', $metadata: {} }, 'unanswered'],
    [{ name: 'Error', code: 'ECONNREFUSED', $metadata: { attempts: 3 } }, 'unsent'],
    [{ name: 'CredentialsProviderError' }, 'unsent'],
    [{ name: 'TimeoutError', message: 'Socket timed out without establishing a connection within 5000 ms' }, 'unsent'],
  ])('takes %o for %s', (fields, kind) => {
    expect(failureOfSdkError(sdkError(fields)).kind).toBe(kind);
  });
});
