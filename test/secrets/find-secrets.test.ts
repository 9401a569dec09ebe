import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { LOCAL } from '../../local/local-cloud.ts';
import { findSecrets, SECRET_NAMES } from './find-secrets.ts';
import { TEST_SECRETS } from './test-secrets.ts';

const VALUES = {
  OSS_ACCESS_KEY_SECRET: LOCAL.ossCredentials.accessKeySecret,
  AWS_SECRET_ACCESS_KEY: LOCAL.awsCredentials.secretAccessKey,
  API_TOKEN: LOCAL.apiToken,
};

describe('a secret of the local cloud', () => {
  test('is what .env.local says', () => {
    const example = parseEnv(readFileSync(new URL('../../.env.local', import.meta.url), 'utf8'));
    expect(SECRET_NAMES.map(name => example[name])).toEqual(SECRET_NAMES.map(name => VALUES[name]));
  });

  test.each(SECRET_NAMES)('is found wherever it is: %s', name => {
    const text = `first line\n{"message":"x${VALUES[name]}x"}\nlast line`;
    expect(findSecrets(text)).toEqual([{ line: 2, what: `the value of ${name}`, masked: '{"message":"x(secret)x"}' }]);
  });
});

describe('a secret that a fixture hands to the code', () => {
  test.each(Object.entries(TEST_SECRETS))('is found, also in a URL: %s', (name, value) => {
    for (const form of [value, encodeURIComponent(value)]) {
      const masked = '{"message":"x(secret)x"}';
      expect(findSecrets(`{"message":"x${form}x"}`)).toEqual([{ line: 1, what: `the ${name}`, masked }]);
    }
  });
});

const HEX = 'f0e8'.repeat(16);

describe('what looks like a secret', () => {
  test.each([
    ['the header of AWS', `AWS4-HMAC-SHA256 Credential=AKID/20260101/x, SignedHeaders=host, Signature=${HEX}`],
    ['the header of OSS', `OSS4-HMAC-SHA256 Credential=LTAI/20260101/x,Signature=${HEX}`],
    ['the older header of OSS', 'authorization: OSS LTAI5abc:Zm9vYmFyZm9vYmFyZm9vYmFyMTI='],
    ['a signed URL of AWS', `https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=${HEX}`],
    ['a signed URL of OSS', `https://b.oss-cn-x.aliyuncs.com/k?x-oss-signature=${HEX}`],
    ['an older signed URL of OSS', 'https://b/k?OSSAccessKeyId=LTAI&Expires=1&Signature=Zm9vYmFyZm9vYmFyZm9vYg%3D%3D'],
    ['a field of JSON', `{"Signature":"${HEX}"}`],
    ['a session token of AWS', 'x-amz-security-token:FwoGZXIvYXdzEBEaD'],
    ['a session token of OSS', '"x-oss-security-token":"CAISuAJ1q6Ft5B2y"'],
    ['the header of the API', 'Authorization: Bearer 3f1c9a7e5d2b4860'],
  ])('is found: %s', (_name, line) => {
    const [found] = findSecrets(line);
    expect(found?.line).toBe(1);
    expect(found?.masked).toContain('(secret)');
    expect(found?.masked).not.toMatch(/f0e8|Zm9v|FwoG|CAIS|3f1c/);
  });

  test.each([
    'Send the header `Authorization: Bearer TOKEN`, with the API_TOKEN of the worker as TOKEN.',
    'WWW-Authenticate: Bearer realm="oss-s3-bridge", error="invalid_token"',
    'SignatureDoesNotMatch: check OSS_ACCESS_KEY_SECRET.',
    'Signature expired: 20260101T000000Z is now earlier than 20260102T000000Z',
    'Credential=AKID/20260101/us-east-1/s3/aws4_request',
    'x-amz-security-token is missing',
  ])('is not what only speaks of it: %s', line => {
    expect(findSecrets(line)).toEqual([]);
  });
});
