// No token, no start: not even on loopback, where every program and every page that the user opens could reach the API as well.

import { expect, test } from 'vitest';
import { readWorkerConfig } from '../../../../aws-worker/config.ts';

const ENVIRONMENT = {
  OSS_REGION: 'cn-hangzhou',
  OSS_BUCKET: 'source-bucket',
  OSS_ACCESS_KEY_ID: 'oss-key-id',
  OSS_ACCESS_KEY_SECRET: 'oss-key-secret',
  S3_BUCKET: 'destination-bucket',
  AWS_REGION: 'eu-central-1',
  SQS_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/bridge',
};
const FAULT = /^1 thing to mend in the environment:\n {2}- API_TOKEN /;

test.each([undefined, '127.0.0.1', 'localhost', '::1', '0.0.0.0', '::'])('without API_TOKEN no start, on %s', HOST => {
  for (const API_TOKEN of [undefined, '', '   ', '\t\n']) {
    expect(() => readWorkerConfig({ ...ENVIRONMENT, HOST, API_TOKEN })).toThrow(FAULT);
  }
});

test('a token that could be guessed is none', () => {
  expect(() => readWorkerConfig({ ...ENVIRONMENT, API_TOKEN: 'x'.repeat(15) })).toThrow(FAULT);
  expect(readWorkerConfig({ ...ENVIRONMENT, API_TOKEN: 'x'.repeat(16) }).http.apiToken).toHaveLength(16);
});

test('unless HOST says otherwise, nobody else can reach the API', () => {
  expect(readWorkerConfig({ ...ENVIRONMENT, API_TOKEN: 'x'.repeat(32) }).http.host).toBe('127.0.0.1');
});
