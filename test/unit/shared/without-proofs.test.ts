import { describe, expect, test } from 'vitest';
import { BridgeError } from '../../../shared/bridge-error.ts';
import { describeError } from '../../../shared/log.ts';
import { withoutProofs } from '../../../shared/without-proofs.ts';

const HEX = '0f9e'.repeat(16);

describe('what proves who asked is cut out', () => {
  test.each([
    [
      `AWS4-HMAC-SHA256 Credential=AKID/20260101/r/s3/aws4_request, SignedHeaders=host, Signature=${HEX}`,
      'AWS4-HMAC-SHA256 Credential=AKID/20260101/r/s3/aws4_request, SignedHeaders=host, Signature=...',
    ],
    [
      `OSS4-HMAC-SHA256 Credential=LTAI/x,Signature=${HEX} was wrong`,
      'OSS4-HMAC-SHA256 Credential=LTAI/x,Signature=... was wrong',
    ],
    [`GET /k?X-Amz-Signature=${HEX}&x=1`, 'GET /k?X-Amz-Signature=...&x=1'],
    [`https://b/k?x-oss-signature=${HEX}`, 'https://b/k?x-oss-signature=...'],
    [`{"Signature":"${HEX}"}`, '{"Signature":"..."}'],
    ['authorization: OSS LTAI5abc:Zm9vYmFyZm9vYmFyZm9vYmFyMTI=', 'authorization: OSS LTAI5abc:...'],
    ['x-amz-security-token:FwoGZXIv/YXdz== host:h', 'x-amz-security-token:... host:h'],
    ['?security-token=CAISuAJ1&Expires=1', '?security-token=...&Expires=1'],
    ["'x-oss-security-token': 'CAIS'", "'x-oss-security-token': '...'"],
    ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer ...'],
    ['Signature=cutshort', 'Signature=...'],
  ])('%#', (text, expected) => {
    expect(withoutProofs(text)).toBe(expected);
    expect(withoutProofs(expected)).toBe(expected);
  });

  test('from the message of every error of ours', () => {
    const error = new BridgeError({ kind: 'permanent', code: 'x', message: `S3 said: Signature=${HEX}.` });
    expect([error.message, String(error), error.stack].join('\n')).not.toContain(HEX);
  });

  test('from errors of others, and their causes, when they are logged', () => {
    const error = new Error('outer', { cause: new Error(`inner x-amz-security-token:${HEX}`) });
    expect(JSON.stringify(describeError(error))).not.toContain(HEX);
    expect(JSON.stringify(describeError(`only text: Signature=${HEX}`))).not.toContain(HEX);
  });
});

test.each([
  'SignatureDoesNotMatch: the request signature we calculated does not match; check your key.',
  'Signature expired: 20260101T000000Z is now earlier than 20260102T000000Z',
  'Send the header `Authorization: Bearer TOKEN`, with the API_TOKEN of the worker as TOKEN.',
  'The security token included in the request is expired',
  'OSS refused: no',
])('what only speaks of it stays: %s', text => {
  expect(withoutProofs(text)).toBe(text);
});
