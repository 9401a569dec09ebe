import { describe, expect, test } from 'vitest';
import { translateFailure } from '../../../../aws-worker/storage/oss-errors.ts';

const NOW = new Date('2026-11-03T10:00:00Z');

function translate(failure: { status: number; body?: string; headers?: Record<string, string> }) {
  return translateFailure({ headers: {}, body: '', key: 'k', region: 'cn-hangzhou', now: NOW, ...failure });
}

function xml(code: string, message = 'Some words.', more = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  <Code>${code}</Code>\n  <Message>${message}</Message>\n  <RequestId>5C3D</RequestId>\n  <HostId>h</HostId>${more}\n</Error>`;
}

describe('errors by their code', () => {
  test.each([
    [404, 'NoSuchKey', 'permanent', 'source-missing', 'no such object'],
    [404, 'SymlinkTargetNotExist', 'permanent', 'source-missing', 'no such object'],
    [404, 'NoSuchBucket', 'permanent', 'source-bucket-missing', 'OSS_BUCKET'],
    [412, 'PreconditionFailed', 'retryable', 'source-changed', 'overwritten'],
    [416, 'InvalidRange', 'retryable', 'source-changed', 'overwritten'],
    [403, 'InvalidObjectState', 'permanent', 'source-archived', 'Restore it'],
    [400, 'PublicEndpointForbidden', 'permanent', 'source-public-endpoint-forbidden', 'OSS_ENDPOINT=https://'],
    [400, 'ApkDownloadForbidden', 'permanent', 'source-apk-download-forbidden', 'OSS_ENDPOINT=https://'],
    [403, 'InvalidAccessKeyId', 'permanent', 'source-credentials', 'OSS_ACCESS_KEY_ID'],
    [403, 'SignatureDoesNotMatch', 'permanent', 'source-credentials', 'OSS_ACCESS_KEY_SECRET'],
    [403, 'SecurityTokenExpired', 'permanent', 'source-credentials', 'token'],
    [403, 'InvalidSecurityToken', 'permanent', 'source-credentials', 'token'],
    [403, 'UserDisable', 'permanent', 'source-account-disabled', 'payment'],
    [403, 'AccessDenied', 'permanent', 'source-access-denied', 'oss:GetObject'],
    [400, 'InvalidTargetType', 'permanent', 'source-symlink-invalid', 'Point it'],
    [503, 'DownloadTrafficRateLimitExceeded', 'retryable', 'source-throttled', 'OSS_MAX_MEGABITS_PER_SECOND'],
    [503, 'TotalQpsLimitExceeded', 'retryable', 'source-throttled', 'OSS_MAX_REQUESTS_PER_SECOND'],
    [503, 'MetaOperationQpsLimitExceeded', 'retryable', 'source-throttled', 'limits the rate'],
    [503, 'ActiveRequestLimitExceeded', 'retryable', 'source-throttled', 'limits the rate'],
    [503, 'CpuLimitExceeded', 'retryable', 'source-throttled', 'limits the rate'],
    [503, 'ServiceUnavailable', 'retryable', 'source-throttled', 'limits the rate'],
    [503, 'SomethingNew', 'retryable', 'source-throttled', 'limits the rate'],
    [500, 'InternalError', 'retryable', 'source-unavailable', 'repeated'],
    [500, 'SomethingNew', 'retryable', 'source-unavailable', 'repeated'],
    [400, 'RequestTimeout', 'retryable', 'source-unavailable', 'repeated'],
    [403, 'SomethingNew', 'permanent', 'source-access-denied', 'refused'],
    [400, 'SomethingNew', 'permanent', 'source-refused', 'refused'],
  ])('%i %s is %s %s', (status, code, kind, ours, advice) => {
    const error = translate({ status, body: xml(code) });
    expect(error).toMatchObject({ kind, code: ours, key: 'k' });
    expect(error.message).toContain(advice);
    expect(error.message).toContain(`HTTP ${status}, ${code}`);
    expect(error.message).toContain('request 5C3D');
  });
});

describe('errors whose message decides', () => {
  test('a bucket in another region names its endpoint', () => {
    const message =
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.';
    const endpoint = '<Endpoint>oss-cn-shanghai.aliyuncs.com</Endpoint>';
    const error = translate({ status: 403, body: xml('AccessDenied', message, endpoint) });
    expect(error).toMatchObject({ kind: 'permanent', code: 'source-wrong-endpoint' });
    expect(error.message).toContain('its endpoint is oss-cn-shanghai.aliyuncs.com');
    expect(error.message).toContain('OSS_REGION=cn-shanghai');
  });

  test('a signature for another region says so', () => {
    const body = xml('InvalidArgument', 'Invalid signing region in Authorization header.');
    const error = translate({ status: 400, body });
    expect(error).toMatchObject({ kind: 'permanent', code: 'source-wrong-region' });
    expect(error.message).toContain('cn-hangzhou');
  });

  test('a KMS key that may not be used is named as the cause', () => {
    const error = translate({ status: 403, body: xml('AccessDenied', 'This request is forbidden by kms.') });
    expect(error).toMatchObject({ kind: 'permanent', code: 'source-access-denied' });
    expect(error.message).toContain('kms:Decrypt');
  });

  test.each([
    ['from the document', '<ServerTime>2026-11-03T11:00:00.000Z</ServerTime>', {}, '2026-11-03T11:00:00.000Z'],
    ['from the Date header', '', { date: 'Tue, 03 Nov 2026 11:00:00 GMT' }, 'Tue, 03 Nov 2026 11:00:00 GMT'],
  ])('a wrong clock is shown beside the right one, %s', (_name, more, headers, theirs) => {
    const error = translate({ status: 403, body: xml('RequestTimeTooSkewed', 'Too large.', more), headers });
    expect(error).toMatchObject({ kind: 'permanent', code: 'source-clock-skew' });
    expect(error.message).toContain('2026-11-03T10:00:00.000Z');
    expect(error.message).toContain(theirs);
  });
});

describe('answers without a code', () => {
  test.each([
    ['a 404 is not a missing object', 404, '<html>Not Found</html>', 'permanent', 'source-not-oss'],
    ['a 404 without a body neither', 404, '', 'permanent', 'source-not-oss'],
    ['a code outside an Error neither', 404, '<Code>NoSuchKey</Code>', 'permanent', 'source-not-oss'],
    ['a 403 of a proxy', 403, 'Blocked', 'permanent', 'source-not-oss'],
    ['a 502', 502, '<html>Bad Gateway</html>', 'retryable', 'source-unavailable'],
    ['a 503', 503, '', 'retryable', 'source-throttled'],
    ['a 429', 429, '', 'retryable', 'source-throttled'],
    ['a 412', 412, '', 'retryable', 'source-changed'],
  ])('%s', (_name, status, body, kind, code) => {
    expect(translate({ status, body })).toMatchObject({ kind, code });
  });

  test('HEAD: the document is in x-oss-err', () => {
    const headers = { 'x-oss-err': Buffer.from(xml('NoSuchBucket')).toString('base64') };
    expect(translate({ status: 404, headers })).toMatchObject({ code: 'source-bucket-missing' });
  });

  test('HEAD: an x-oss-err that is no document says nothing', () => {
    expect(translate({ status: 404, headers: { 'x-oss-err': '%%%' } })).toMatchObject({ code: 'source-not-oss' });
  });
});

describe('waits that the server asks for', () => {
  test.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': 'Tue, 03 Nov 2026 10:00:30 GMT' }, 30_000],
    [{ 'x-oss-qos-delay-time': '250' }, 250],
    [{ 'retry-after': '1', 'x-oss-qos-delay-time': '2500' }, 2500],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%j is %s ms', (headers, milliseconds) => {
    const error = translate({ status: 503, body: xml('TotalQpsLimitExceeded'), headers: { ...headers } });
    expect(error.retryAfterMilliseconds).toBe(milliseconds);
  });
});

describe('redirects', () => {
  test('are permanent, and name the host but no more of where they lead', () => {
    const headers = { location: 'https://elsewhere.example.com/k?Signature=SECRET' };
    const error = translate({ status: 302, headers });
    expect(error).toMatchObject({ kind: 'permanent', code: 'source-redirected' });
    expect(error.message).toContain('to elsewhere.example.com');
    expect(error.message).not.toContain('SECRET');
  });

  test('count as such even with a document', () => {
    expect(translate({ status: 307, body: xml('AccessDenied') })).toMatchObject({ code: 'source-redirected' });
  });
});

describe('documents that mean harm', () => {
  test('expand to nothing', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${xml('AccessDenied', '&b;&b;&#9999999;&#x41;')}`;
    const error = translate({ status: 403, body: bomb });
    expect(error.code).toBe('source-access-denied');
    expect(error.message).toContain('"&b;&b;&#9999999;A"');
  });

  test('are read in no time, however long and crooked', () => {
    const crooked = `<Error>${'<A'.repeat(20_000)}${'<Aa>'.repeat(10_000)}`;
    const start = performance.now();
    translate({ status: 403, body: crooked });
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('cut short still give their code', () => {
    expect(translate({ status: 403, body: xml('InvalidObjectState').slice(0, 90) })).toMatchObject({
      code: 'source-archived',
    });
  });

  test('do not make a message of any length', () => {
    expect(translate({ status: 400, body: xml('Odd', 'x'.repeat(50_000)) }).message.length).toBeLessThan(1000);
  });
});

test('a string to sign, a signature and an access key in the document stay there', () => {
  const secrets =
    '<StringToSign>STS-SECRET</StringToSign><SignatureProvided>SIG-SECRET</SignatureProvided><OSSAccessKeyId>ID-SECRET</OSSAccessKeyId>';
  const error = translate({ status: 403, body: xml('SignatureDoesNotMatch', 'MESSAGE-SECRET', secrets) });
  expect(error.message).not.toMatch(/(STS|SIG|ID|MESSAGE)-SECRET/);
});
