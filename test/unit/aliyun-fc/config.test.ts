import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../aliyun-fc/config.ts';
import { BridgeError } from '../../../shared/bridge-error.ts';

const SECRET = 'not-a-real-secret';
const MINIMAL = {
  ACCESS_KEY: 'AKIAEXAMPLE',
  SECRET_KEY: SECRET,
  QUEUE_URL: 'https://sqs.us-west-2.amazonaws.com/111122223333/live',
};

function faultsOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'invalid-configuration') return error.message;
    throw error;
  }
  return '';
}

describe('the environment of the function', () => {
  it('needs a key, its secret and a queue of AWS', () => {
    expect(readConfig(MINIMAL)).toEqual({
      queueUrl: MINIMAL.QUEUE_URL,
      region: 'us-west-2',
      endpoint: 'https://sqs.us-west-2.amazonaws.com',
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: SECRET },
      followSymlinks: false,
      logLevel: 'info',
    });
  });

  it('is frozen once read', () => {
    expect(Object.isFrozen(readConfig(MINIMAL))).toBe(true);
  });

  it('names all faults at once', () => {
    const faults = faultsOf({ FOLLOW_SYMLINKS: 'perhaps', LOG_LEVEL: 'loud' });
    for (const name of ['ACCESS_KEY', 'SECRET_KEY', 'QUEUE_URL', 'FOLLOW_SYMLINKS', 'LOG_LEVEL']) {
      expect(faults).toContain(`  - ${name} `);
    }
  });

  it.each<[host: string, region: string]>([
    ['sqs.eu-central-1.amazonaws.com', 'eu-central-1'],
    ['sqs.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['sqs-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['sqs.ap-southeast-1.api.aws', 'ap-southeast-1'],
    ['us-east-2.queue.amazonaws.com', 'us-east-2'],
    ['vpce-0a1b2c3d-example.sqs.us-east-1.vpce.amazonaws.com', 'us-east-1'],
  ])('takes the region from a queue at %s', (host, region) => {
    expect(readConfig({ ...MINIMAL, QUEUE_URL: `https://${host}/111122223333/live` }).region).toBe(region);
  });

  it.each<[what: string, change: Record<string, string>, expected: object]>([
    [
      'SQS_QUEUE_URL for QUEUE_URL',
      { QUEUE_URL: '', SQS_QUEUE_URL: MINIMAL.QUEUE_URL },
      { queueUrl: MINIMAL.QUEUE_URL },
    ],
    ['both when they agree', { SQS_QUEUE_URL: MINIMAL.QUEUE_URL }, { queueUrl: MINIMAL.QUEUE_URL }],
    ['REGION_NAME before AWS_REGION', { REGION_NAME: 'us-west-2', AWS_REGION: 'eu-west-1' }, { region: 'us-west-2' }],
    ['AWS_REGION alone', { QUEUE_URL: 'https://proxy.test/q/live', AWS_REGION: 'eu-west-1' }, { region: 'eu-west-1' }],
    [
      'a queue on this machine, with no more settings',
      { QUEUE_URL: 'http://127.0.0.1:9324/000000000000/live' },
      { endpoint: 'http://127.0.0.1:9324', region: 'us-east-1' },
    ],
    [
      'a region for a queue on this machine',
      { QUEUE_URL: 'http://localhost:9324/000000000000/live', REGION_NAME: 'eu-west-1' },
      { region: 'eu-west-1' },
    ],
    ['SQS_ENDPOINT', { SQS_ENDPOINT: 'http://127.0.0.1:9324/' }, { endpoint: 'http://127.0.0.1:9324' }],
    ['FOLLOW_SYMLINKS', { FOLLOW_SYMLINKS: 'true' }, { followSymlinks: true }],
    [
      'SESSION_TOKEN',
      { ACCESS_KEY: 'ASIAEXAMPLE', SESSION_TOKEN: 'token' },
      { credentials: { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: SECRET, sessionToken: 'token' } },
    ],
  ])('accepts %s', (_what, change, expected) => {
    expect(readConfig({ ...MINIMAL, ...change })).toMatchObject(expected);
  });

  it.each<[what: string, change: Record<string, string>, says: string]>([
    ["another region than the queue's", { REGION_NAME: 'eu-west-1' }, 'the queue is in us-west-2'],
    ['two queues', { SQS_QUEUE_URL: `${MINIMAL.QUEUE_URL}-other` }, 'QUEUE_URL and SQS_QUEUE_URL differ'],
    ['a FIFO queue', { QUEUE_URL: `${MINIMAL.QUEUE_URL}.fifo` }, 'FIFO'],
    ['an ARN', { QUEUE_URL: 'arn:aws:sqs:us-west-2:111122223333:live' }, 'not a queue URL'],
    ['a URL of no queue', { QUEUE_URL: 'https://sqs.us-west-2.amazonaws.com/' }, 'not a queue URL'],
    ['a URL with a password', { QUEUE_URL: `https://u:${SECRET}@sqs.test/1/live` }, 'not a queue URL'],
    ['a host that tells no region', { QUEUE_URL: 'https://proxy.test/q/live' }, 'REGION_NAME is missing'],
    ['a region that is none', { QUEUE_URL: 'https://proxy.test/q/live', REGION_NAME: 'US West' }, 'must be a region'],
    ['a key of Alibaba Cloud', { ACCESS_KEY: 'LTAIexample' }, 'ACCESS_KEY is an Alibaba Cloud AccessKey'],
    ['a temporary key without its token', { ACCESS_KEY: 'ASIAEXAMPLE' }, 'SESSION_TOKEN is missing'],
    ['an endpoint that is no URL', { SQS_ENDPOINT: 'localhost:9324' }, 'SQS_ENDPOINT is not a URL'],
  ])('refuses %s', (_what, change, says) => {
    const faults = faultsOf({ ...MINIMAL, ...change });
    expect(faults).toContain(says);
    expect(faults).not.toContain(SECRET);
  });
});
