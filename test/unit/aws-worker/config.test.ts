import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readWorkerConfig, type WorkerConfig } from '../../../aws-worker/config.ts';
import { BridgeError } from '../../../shared/bridge-error.ts';
import type { Environment } from '../../../shared/environment.ts';
import { MEBIBYTE } from '../../../shared/limits.ts';

const REQUIRED = {
  OSS_REGION: 'cn-hangzhou',
  OSS_BUCKET: 'source-bucket',
  OSS_ACCESS_KEY_ID: 'oss-key-id',
  OSS_ACCESS_KEY_SECRET: 'oss-key-secret',
  S3_BUCKET: 'destination-bucket',
  AWS_REGION: 'eu-central-1',
  SQS_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/bridge',
  API_TOKEN: '0123456789abcdef',
};
/** Read by the AWS SDK itself. https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html */
const SDK_NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_ENDPOINT_URL_S3'];

const ROLE = 'arn:aws:iam::111122223333:role/path/writer';
const EXAMPLE = parseEnv(readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8'));

function read(changes: Environment = {}): WorkerConfig {
  return readWorkerConfig({ ...REQUIRED, ...changes });
}

function faultsOf(environment: Environment): string {
  try {
    readWorkerConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(BridgeError);
    if (error instanceof BridgeError) {
      expect({ kind: error.kind, code: error.code }).toEqual({ kind: 'permanent', code: 'invalid-configuration' });
      return error.message;
    }
  }
  return '';
}

function namesRead(environment: Environment): Set<string> {
  const names = new Set<string>();
  const watched = new Proxy(environment, {
    get: (target, name) => {
      names.add(String(name));
      return Reflect.get(target, name);
    },
  });
  readWorkerConfig(watched);
  return names;
}

describe("the worker's configuration", () => {
  it('needs nothing but the required variables, and is safe without the others', () => {
    expect(read()).toEqual({
      oss: {
        region: 'cn-hangzhou',
        bucket: 'source-bucket',
        endpoint: undefined,
        prefix: '',
        credentials: {
          kind: 'fields',
          accessKeyId: { name: 'OSS_ACCESS_KEY_ID', value: 'oss-key-id', path: undefined },
          accessKeySecret: { name: 'OSS_ACCESS_KEY_SECRET', value: 'oss-key-secret', path: undefined },
          securityToken: undefined,
        },
        isRequesterPaying: false,
        maxMegabitsPerSecond: undefined,
        maxRequestsPerSecond: undefined,
      },
      s3: {
        bucket: 'destination-bucket',
        region: 'eu-central-1',
        isAtAws: true,
        prefix: '',
        forcePathStyle: false,
        storageClass: undefined,
        encryption: undefined,
        kmsKeyId: undefined,
        isBucketKeyUsed: undefined,
        acl: undefined,
        metadataOverflow: 'fail',
        isRequesterPaying: false,
        role: undefined,
      },
      sqs: {
        region: 'eu-central-1',
        endpoint: undefined,
        queueUrl: REQUIRED.SQS_QUEUE_URL,
        backfillQueueUrl: REQUIRED.SQS_QUEUE_URL,
        deadLetterQueueUrl: undefined,
        visibilityTimeoutSeconds: 300,
      },
      ledger: { kind: 'sqlite', path: 'data/ledger.db' },
      http: { host: '127.0.0.1', port: 8080, apiToken: '0123456789abcdef' },
      ecsAgentUri: undefined,
      tuning: {
        maxConcurrentObjects: 64,
        maxConcurrentParts: 4,
        memoryBudgetBytes: 48 * MEBIBYTE,
        partSizeBytes: 8 * MEBIBYTE,
      },
      copyTags: false,
      shutdownGraceSeconds: 25,
      logLevel: 'info',
    });
  });

  it('lists every required variable that is missing, at once', () => {
    const message = faultsOf({});
    for (const name of Object.keys(REQUIRED)) expect(message).toContain(`  - ${name} is missing`);
  });

  it.each(Object.keys(REQUIRED))('cannot do without %s, and counts a blank one as missing', name => {
    expect(faultsOf({ ...REQUIRED, [name]: undefined })).toContain(`1 thing to mend in the environment:\n  - ${name}`);
    expect(faultsOf({ ...REQUIRED, [name]: '  ' })).toContain(`${name} is missing`);
  });

  it('is frozen to its depths', () => {
    const config = read();
    expect([config, config.oss, config.s3, config.sqs, config.http, config.tuning].every(Object.isFrozen)).toBe(true);
  });

  const values: readonly (readonly [Environment, (config: WorkerConfig) => unknown, unknown])[] = [
    [{ OSS_REGION: 'oss-ap-southeast-1' }, config => config.oss.region, 'ap-southeast-1'],
    [{ OSS_ENDPOINT: 'http://127.0.0.1:9001' }, config => config.oss.endpoint?.origin, 'http://127.0.0.1:9001'],
    [{ OSS_PREFIX: 'in/' }, config => config.oss.prefix, 'in/'],
    [{ OSS_REQUESTER_PAYS: 'true' }, config => config.oss.isRequesterPaying, true],
    [{ OSS_MAX_MEGABITS_PER_SECOND: '200' }, config => config.oss.maxMegabitsPerSecond, 200],
    [{ OSS_MAX_REQUESTS_PER_SECOND: '50' }, config => config.oss.maxRequestsPerSecond, 50],
    [{ S3_PREFIX: 'out' }, config => config.s3.prefix, 'out'],
    [{ S3_REGION: 'us-west-2' }, config => config.s3.region, 'us-west-2'],
    [{ S3_REGION: 'us-west-2' }, config => config.sqs.region, 'eu-central-1'],
    [{ S3_FORCE_PATH_STYLE: 'Yes' }, config => config.s3.forcePathStyle, true],
    [{ S3_STORAGE_CLASS: 'GLACIER_IR' }, config => config.s3.storageClass, 'GLACIER_IR'],
    [{ S3_ENCRYPTION: 'AES256' }, config => config.s3.encryption, 'AES256'],
    [{ S3_ENCRYPTION: 'aws:kms', S3_KMS_KEY_ID: 'key' }, config => config.s3.kmsKeyId, 'key'],
    [{ S3_ENCRYPTION: 'aws:kms', S3_BUCKET_KEY: 'true' }, config => config.s3.isBucketKeyUsed, true],
    [{ S3_ENCRYPTION: 'aws:kms', S3_BUCKET_KEY: 'false' }, config => config.s3.isBucketKeyUsed, false],
    [{ S3_REQUESTER_PAYS: 'true' }, config => config.s3.isRequesterPaying, true],
    [
      { S3_ROLE_ARN: ROLE, S3_ROLE_EXTERNAL_ID: 'partner-7' },
      config => config.s3.role,
      { arn: ROLE, externalId: 'partner-7', stsRegion: 'eu-central-1' },
    ],
    [{ S3_ACL: 'bucket-owner-full-control' }, config => config.s3.acl, 'bucket-owner-full-control'],
    [{ S3_METADATA_OVERFLOW: 'drop' }, config => config.s3.metadataOverflow, 'drop'],
    [{ SQS_BACKFILL_QUEUE_URL: 'https://q/1/b' }, config => config.sqs.backfillQueueUrl, 'https://q/1/b'],
    [{ SQS_DEAD_LETTER_QUEUE_URL: 'https://q/1/d' }, config => config.sqs.deadLetterQueueUrl, 'https://q/1/d'],
    [{ AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9324/' }, config => config.sqs.endpoint, 'http://127.0.0.1:9324/'],
    [{ SQS_VISIBILITY_TIMEOUT_SECONDS: '270' }, config => config.sqs.visibilityTimeoutSeconds, 270],
    [{ LEDGER_URL: 'sqlite:/var/l.db' }, config => config.ledger, { kind: 'sqlite', path: '/var/l.db' }],
    [
      { LEDGER_URL: 'dynamodb:My_table-1.x' },
      config => config.ledger,
      { kind: 'dynamodb', table: 'My_table-1.x', region: 'eu-central-1', endpoint: undefined },
    ],
    [
      { LEDGER_URL: 'dynamodb:abc', S3_REGION: 'us-west-2', AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000/' },
      config => config.ledger,
      { kind: 'dynamodb', table: 'abc', region: 'eu-central-1', endpoint: 'http://127.0.0.1:8000/' },
    ],
    [{ HOST: '0.0.0.0' }, config => config.http.host, '0.0.0.0'],
    [{ PORT: '0' }, config => config.http.port, 0],
    [{ MAX_CONCURRENT_OBJECTS: '1' }, config => config.tuning.maxConcurrentObjects, 1],
    [{ MAX_CONCURRENT_PARTS: '16' }, config => config.tuning.maxConcurrentParts, 16],
    [{ PART_SIZE_MEBIBYTES: '5' }, config => config.tuning.partSizeBytes, 5 * MEBIBYTE],
    [{ MEMORY_BUDGET_MEBIBYTES: '16' }, config => config.tuning.memoryBudgetBytes, 16 * MEBIBYTE],
    [{ ECS_AGENT_URI: 'http://169.254.170.2/api/x' }, config => config.ecsAgentUri?.pathname, '/api/x'],
    [{ COPY_TAGS: 'true' }, config => config.copyTags, true],
    [{ SHUTDOWN_GRACE_SECONDS: '0' }, config => config.shutdownGraceSeconds, 0],
    [{ LOG_LEVEL: 'debug' }, config => config.logLevel, 'debug'],
  ];
  it.each(values)('takes %o', (changes, memberOf, expected) => {
    expect(memberOf(read(changes))).toEqual(expected);
  });

  const faults: readonly (readonly [Environment, string])[] = [
    [{ OSS_REGION: 'Hangzhou' }, 'OSS_REGION is "Hangzhou"'],
    [{ OSS_ENDPOINT: 'oss-cn-hangzhou.aliyuncs.com' }, 'OSS_ENDPOINT is not a URL'],
    [{ OSS_MAX_MEGABITS_PER_SECOND: '0' }, 'OSS_MAX_MEGABITS_PER_SECOND is "0"'],
    [{ OSS_MAX_REQUESTS_PER_SECOND: '1.5' }, 'OSS_MAX_REQUESTS_PER_SECOND is "1.5"'],
    [{ S3_FORCE_PATH_STYLE: 'maybe' }, 'S3_FORCE_PATH_STYLE is "maybe"'],
    [{ S3_STORAGE_CLASS: 'COLD' }, 'S3_STORAGE_CLASS is "COLD"'],
    [{ S3_ROLE_EXTERNAL_ID: 'x1' }, 'S3_ROLE_EXTERNAL_ID is set without S3_ROLE_ARN'],
    [{ S3_ROLE_ARN: ROLE, S3_ROLE_EXTERNAL_ID: 'x 1' }, 'S3_ROLE_EXTERNAL_ID has characters'],
    [{ S3_ROLE_ARN: 'arn:aws:iam::1:role/x' }, 'S3_ROLE_ARN is "arn:aws:iam::1:role/x"'],
    [{ S3_ROLE_ARN: 'arn:aws:iam::111122223333:user/x' }, 'S3_ROLE_ARN is "arn:'],
    [{ S3_ENCRYPTION: 'aws:kms:dsse', S3_BUCKET_KEY: 'true' }, 'S3_BUCKET_KEY is set, so'],
    [{ S3_BUCKET_KEY: 'true' }, 'S3_BUCKET_KEY is set, so S3_ENCRYPTION must be aws:kms'],
    [{ S3_ENCRYPTION: 'aes' }, 'S3_ENCRYPTION is "aes"'],
    [{ S3_KMS_KEY_ID: 'key' }, 'S3_KMS_KEY_ID is set, so S3_ENCRYPTION must be'],
    [{ S3_ENCRYPTION: 'AES256', S3_KMS_KEY_ID: 'key' }, 'S3_KMS_KEY_ID is set, so S3_ENCRYPTION must be'],
    [{ S3_ACL: 'public-read' }, 'S3_ACL is "public-read"'],
    [{ S3_METADATA_OVERFLOW: 'truncate' }, 'S3_METADATA_OVERFLOW is "truncate"'],
    [{ SQS_QUEUE_URL: 'bridge' }, 'SQS_QUEUE_URL is not a URL'],
    [{ SQS_BACKFILL_QUEUE_URL: 'arn:aws:sqs:x' }, 'SQS_BACKFILL_QUEUE_URL is not a URL'],
    [{ SQS_DEAD_LETTER_QUEUE_URL: 'dead' }, 'SQS_DEAD_LETTER_QUEUE_URL is not a URL'],
    [{ SQS_VISIBILITY_TIMEOUT_SECONDS: '269' }, 'SQS_VISIBILITY_TIMEOUT_SECONDS is "269"'],
    [{ LEDGER_URL: 'postgres://db' }, 'LEDGER_URL is "postgres://db"'],
    [{ LEDGER_URL: 'dynamodb:' }, 'LEDGER_URL is "dynamodb:"'],
    [{ LEDGER_URL: 'dynamodb:ab' }, 'LEDGER_URL names the table "ab"'],
    [{ LEDGER_URL: `dynamodb:${'a'.repeat(256)}` }, 'LEDGER_URL names the table "aaa'],
    [{ LEDGER_URL: 'dynamodb:arn:aws:dynamodb:us-east-1:1:table/x' }, 'LEDGER_URL names the table "arn:'],
    [{ AWS_ENDPOINT_URL_DYNAMODB: 'localhost:8000' }, 'AWS_ENDPOINT_URL_DYNAMODB is not a URL'],
    [{ S3_BUCKET: 's3://dest' }, 'S3_BUCKET is "s3://dest"'],
    [{ OSS_BUCKET: 'My_Bucket' }, 'OSS_BUCKET is "My_Bucket"'],
    [{ LEDGER_URL: 'sqlite:' }, 'LEDGER_URL is "sqlite:"'],
    [{ PORT: '65536' }, 'PORT is "65536"'],
    [{ API_TOKEN: 'short' }, 'API_TOKEN has fewer than 16 characters'],
    [{ PART_SIZE_MEBIBYTES: '4' }, 'PART_SIZE_MEBIBYTES is "4"'],
    [
      { MEMORY_BUDGET_MEBIBYTES: '16', PART_SIZE_MEBIBYTES: '9' },
      'MEMORY_BUDGET_MEBIBYTES (16) must be at least twice',
    ],
    [{ MAX_CONCURRENT_OBJECTS: '-1' }, 'MAX_CONCURRENT_OBJECTS is "-1"'],
    [{ MAX_CONCURRENT_PARTS: '65' }, 'MAX_CONCURRENT_PARTS is "65"'],
    [{ SHUTDOWN_GRACE_SECONDS: '1h' }, 'SHUTDOWN_GRACE_SECONDS is "1h"'],
    [{ COPY_TAGS: '2' }, 'COPY_TAGS is "2"'],
    [{ LOG_LEVEL: 'trace' }, 'LOG_LEVEL is "trace"'],
  ];
  it.each(faults)('refuses %o and nothing else', (changes, fault) => {
    const message = faultsOf({ ...REQUIRED, ...changes });
    expect(message).toContain(`  - ${fault}`);
    expect(message).toMatch(/^1 thing to mend/);
  });

  it('says why messages of a worker that died may not be seen sooner', () => {
    const fault = faultsOf({ ...REQUIRED, SQS_VISIBILITY_TIMEOUT_SECONDS: '60' });
    expect(fault).toMatch(/a whole number from 270 to 3600\. .*a write of its may still be on the way/);
  });

  it('lists all faults at once', () => {
    const all: Environment = Object.assign({ ...REQUIRED, S3_BUCKET: '' }, ...faults.map(([changes]) => changes));
    const message = faultsOf(all);
    // Two variables have two wrong values above: the later one is no fault by itself.
    const names = faults.map(([, fault]) => fault.split(' ')[0]).filter(name => name !== 'PART_SIZE_MEBIBYTES');
    const expected = new Set([...names, 'S3_BUCKET'].filter(name => name !== 'S3_ENCRYPTION'));
    expect(new Set(Array.from(message.matchAll(/^ {2}- ([A-Z0-9_]+)/gm), ([, name]) => name))).toEqual(expected);
    expect(message).toMatch(new RegExp(`^${expected.size} things to mend`));
  });

  it('never repeats a secret in a fault', () => {
    const secret = 's3cr3t';
    const message = faultsOf({
      OSS_ACCESS_KEY_ID: secret,
      OSS_ACCESS_KEY_SECRET: secret,
      OSS_SECURITY_TOKEN: secret,
      OSS_ENDPOINT: `https://user:${secret}@oss.example.com`,
      SQS_QUEUE_URL: `//${secret}`,
      AWS_SECRET_ACCESS_KEY: secret,
      API_TOKEN: secret,
    });
    expect(message).toContain('API_TOKEN has fewer');
    expect(message).toContain('OSS_ENDPOINT must not contain a user name or password');
    expect(message).not.toContain(secret);
  });
});

/** Set by the platform that the worker runs on. */
const NOBODY_SETS = ['ECS_AGENT_URI'];

describe('.env.example', () => {
  it('names exactly the variables that are read, and those of the AWS SDK', () => {
    const names = Object.keys(EXAMPLE).sort();
    const read = [...namesRead(REQUIRED)].filter(name => !NOBODY_SETS.includes(name));
    expect(names).toEqual([...new Set([...read, ...SDK_NAMES])].sort());
  });

  it('shows the defaults', () => {
    expect(readWorkerConfig({ ...EXAMPLE, ...REQUIRED })).toEqual(read());
  });

  it('holds no secret', () => {
    const secrets = Object.entries(EXAMPLE).filter(([name]) => /KEY|SECRET|TOKEN/.test(name));
    expect(secrets.length).toBeGreaterThan(5);
    expect(secrets.filter(([, value]) => value !== '')).toEqual([]);
  });
});
