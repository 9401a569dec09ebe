import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingValues } from '../../../../cli/init/fill-template.ts';
import { readInitSettings } from '../../../../cli/init/init-settings.ts';
import { buildPolicies } from '../../../../cli/init/policies.ts';
import { templateValues } from '../../../../cli/init/template-values.ts';

const FOLDER = new URL('../../../../deploy/policies/', import.meta.url);
const ACCOUNT_ID = '111122223333';
const ROLE = 'arn:aws:iam::444455556666:role/bridge-writer';
const SECRETS = 'arn:aws:secretsmanager:us-west-2:111122223333:secret:';
const ALIYUN = { OSS_BUCKET: 'source', OSS_REGION: 'oss-cn-hangzhou', ALIYUN_ACCOUNT_ID: '1000000000000001' };
const AWS = { AWS_REGION: 'us-west-2', S3_BUCKET: 'destination' };

interface Statement {
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

function policiesOf(
  environment: Readonly<Record<string, string>>,
  options: { queueKmsKey?: string; name?: string; workerRole?: string } = {},
) {
  const settings = readInitSettings({ ...AWS, ...ALIYUN, ...environment }, options);
  return buildPolicies(settings, templateValues(settings, { accountId: ACCOUNT_ID, arn: 'arn:aws:iam::1:user/a' }));
}

function statementsOf(name: string, ...given: Parameters<typeof policiesOf>): readonly Statement[] {
  const found = policiesOf(...given).complete.find(policy => policy.name === name);
  return (found?.document as unknown as { readonly Statement: readonly Statement[] } | undefined)?.Statement ?? [];
}

const actionsOf = (statements: readonly Statement[]) => statements.flatMap(({ Action }) => Action);
const findAction = (statements: readonly Statement[], action: string) =>
  statements.find(({ Action }) => [Action].flat().includes(action));

/** Nothing tells a whole ARN from one without the six characters that AWS adds. */
function withOrWithoutSuffix(name: string): readonly string[] {
  return [`${SECRETS}${name}`, `${SECRETS}${name}-??????`];
}

describe('the policies', () => {
  it('are of both clouds, whole, and each is whose it is', () => {
    const { complete, incomplete } = policiesOf({});
    expect(incomplete).toEqual([]);
    expect(complete.map(({ name }) => name)).toEqual([
      'aws-worker',
      'aws-worker-trust',
      'aws-function-user',
      'aliyun-reader',
      'aliyun-function-trust',
      'aliyun-function-role',
      'aliyun-trigger-trust',
      'aliyun-trigger-role',
    ]);
    for (const { document } of complete) expect(missingValues(document, {})).toEqual([]);
  });

  it('that cannot be filled in say what is missing', () => {
    const { incomplete } = policiesOf({ OSS_BUCKET: '', ALIYUN_ACCOUNT_ID: '' });
    expect(incomplete).toEqual([
      { name: 'aliyun-reader', missing: ['OSS_BUCKET'] },
      { name: 'aliyun-function-role', missing: ['ALIYUN_ACCOUNT_ID'] },
      { name: 'aliyun-trigger-role', missing: ['ALIYUN_ACCOUNT_ID'] },
    ]);
  });

  it.each([
    ['us-west-2', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
  ])('of %s have ARNs of %s alone', (AWS_REGION, partition) => {
    const S3_ROLE_ARN = `arn:${partition}:iam::444455556666:role/bridge-writer`;
    const own = { AWS_REGION, S3_KMS_KEY_ID: '1234', LEDGER_URL: 'dynamodb:ledger', OSS_SECRET_ID: 'bridge/oss' };
    const { complete } = policiesOf({ ...own, S3_ROLE_ARN });
    const arns = JSON.stringify(complete).match(/arn:[a-z-]+:/g) ?? [];
    expect(new Set(arns)).toEqual(new Set([`arn:${partition}:`]));
  });

  it('allow the worker tags, ACLs, keys and a table only where they are used', () => {
    const extras = ['s3:PutObjectTagging', 's3:PutObjectAcl', 'kms:GenerateDataKey', 'kms:Decrypt', 'dynamodb:PutItem'];
    expect(actionsOf(statementsOf('aws-worker', {})).filter(action => extras.includes(action))).toEqual([]);
    const environment = {
      COPY_TAGS: 'true',
      S3_ACL: 'bucket-owner-full-control',
      S3_KMS_KEY_ID: '1234',
      LEDGER_URL: 'dynamodb:ledger',
    };
    expect(actionsOf(statementsOf('aws-worker', environment))).toEqual(expect.arrayContaining(extras));
  });

  it('give all that S3 asks for to its role, where there is one, and let the worker assume exactly that', () => {
    const environment = { COPY_TAGS: 'true', S3_ACL: 'private', S3_KMS_KEY_ID: '1234', LEDGER_URL: 'dynamodb:ledger' };
    const role = { ...environment, S3_ROLE_ARN: ROLE };
    const [whole, bucket, worker] = [
      statementsOf('aws-worker', environment),
      statementsOf('aws-worker-bucket', role),
      statementsOf('aws-worker', role),
    ];
    const assume = { Sid: 'RoleForS3', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: ROLE };
    // A key without an ARN is one of the account whose role asks S3 for it.
    const keyOf = (account: string) => `arn:aws:kms:us-west-2:${account}:key/1234`;
    const own = JSON.stringify(whole).replace(keyOf(ACCOUNT_ID), keyOf('444455556666'));
    expect([...bucket, ...worker.slice(1)]).toEqual(JSON.parse(own));
    expect(worker[0]).toEqual(assume);
    expect(actionsOf(worker).filter(action => /^(s3|kms):/.test(action))).toEqual([]);
    expect(actionsOf(bucket).filter(action => !/^(s3|kms):/.test(action))).toEqual([]);
    expect(policiesOf(role).incomplete).toEqual([]);
    expect(policiesOf(environment).complete.map(({ name }) => name)).not.toContain('aws-worker-bucket');
  });

  it('let the worker alone assume the role for S3, with its external id if it has one', () => {
    const worker = { AWS: 'arn:aws:iam::111122223333:role/mine-worker' };
    const environment = { S3_ROLE_ARN: ROLE };
    expect(statementsOf('aws-s3-role-trust', environment, { name: 'mine' })).toEqual([
      { Effect: 'Allow', Principal: worker, Action: 'sts:AssumeRole' },
    ]);
    const given = { ...environment, S3_ROLE_EXTERNAL_ID: 'agreed' };
    const workerRole = 'arn:aws:iam::111122223333:role/tasks/of-mine';
    expect(statementsOf('aws-s3-role-trust-external-id', given, { workerRole })).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: workerRole },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': 'agreed' } },
      },
    ]);
    expect(statementsOf('aws-s3-role-trust', given)).toEqual([]);
  });

  it.each([
    ['bridge/oss', 'secretsmanager:GetSecretValue', withOrWithoutSuffix('bridge/oss')],
    // Ends as an ARN might, and is a name; or is one, or a part of one, for all that can be seen.
    ['oss-abcdef', 'secretsmanager:GetSecretValue', withOrWithoutSuffix('oss-abcdef')],
    [`${SECRETS}oss-a1B2c3`, 'secretsmanager:GetSecretValue', withOrWithoutSuffix('oss-a1B2c3')],
    [`${SECRETS}oss-s3-bridge`, 'secretsmanager:GetSecretValue', withOrWithoutSuffix('oss-s3-bridge')],
    [`${SECRETS}bridge/oss`, 'secretsmanager:GetSecretValue', withOrWithoutSuffix('bridge/oss')],
    ['ssm:/bridge/oss', 'ssm:GetParameter', 'arn:aws:ssm:us-west-2:111122223333:parameter/bridge/oss'],
    ['ssm:oss', 'ssm:GetParameter', 'arn:aws:ssm:us-west-2:111122223333:parameter/oss'],
    ['arn:aws:ssm:eu-west-1:999900001111:parameter/oss', 'ssm:GetParameter', undefined],
  ])('let the worker read exactly %s', (OSS_SECRET_ID, action, resource = OSS_SECRET_ID) => {
    const statements = statementsOf('aws-worker', { OSS_SECRET_ID });
    const found = statements.filter(({ Action }) => /^(secretsmanager|ssm):/.test(String(Action)));
    expect(found).toEqual([{ Sid: 'OssKey', Effect: 'Allow', Action: action, Resource: resource }]);
    expect(actionsOf(statementsOf('aws-worker', {})).filter(each => /^(secretsmanager|ssm):/.test(each))).toEqual([]);
  });

  it.each([
    ['1234-5678', 'arn:aws:kms:us-west-2:111122223333:key/1234-5678', undefined],
    ['arn:aws:kms:us-west-2:999900001111:key/1', 'arn:aws:kms:us-west-2:999900001111:key/1', undefined],
    ['alias/a', 'arn:aws:kms:us-west-2:111122223333:key/*', 'alias/a'],
    ['arn:aws:kms:us-west-2:111122223333:alias/a', 'arn:aws:kms:us-west-2:111122223333:key/*', 'alias/a'],
  ])('name the key %s as %s', (key, resource, alias) => {
    const condition =
      alias === undefined ? undefined : { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } };
    const forBucket = findAction(statementsOf('aws-worker', { S3_KMS_KEY_ID: key }), 'kms:Decrypt');
    expect([forBucket?.Resource, forBucket?.Condition]).toEqual([resource, condition]);
    for (const name of ['aws-worker', 'aws-function-user']) {
      const forQueue = findAction(statementsOf(name, {}, { queueKmsKey: key }), 'kms:GenerateDataKey');
      expect([forQueue?.Resource, forQueue?.Condition]).toEqual([resource, condition]);
    }
  });

  it("name the bucket's key in the bucket's region", () => {
    const environment = { S3_KMS_KEY_ID: '1234', S3_REGION: 'eu-central-1' };
    const statement = findAction(statementsOf('aws-worker', environment), 'kms:Decrypt');
    expect(statement?.Resource).toBe('arn:aws:kms:eu-central-1:111122223333:key/1234');
  });

  it('take a prefix for what it is, not for a pattern', () => {
    const statement = findAction(statementsOf('aws-worker', { S3_PREFIX: 'a*?$/' }), 's3:PutObject');
    expect(statement?.Resource).toBe(`arn:aws:s3:::destination/a$\{*}$\{?}$\{$}/*`);
  });

  it('let the trigger invoke exactly this function', () => {
    expect(statementsOf('aliyun-trigger-role', { FUNCTION_NAME: 'mine' })).toEqual([
      {
        Effect: 'Allow',
        Action: 'fc:InvokeFunction',
        Resource: [
          'acs:fc:cn-hangzhou:1000000000000001:functions/mine',
          'acs:fc:cn-hangzhou:1000000000000001:functions/mine/*',
        ],
      },
    ]);
  });

  it.each([
    [{}, 'mns:SendMessage', 'acs:mns:cn-hangzhou:1000000000000001:/queues/oss-s3-bridge-failures/messages'],
    [{ FAILURE_QUEUE: 'q' }, 'mns:SendMessage', 'acs:mns:cn-hangzhou:1000000000000001:/queues/q/messages'],
    [{ FAILURE_DESTINATION: 'acs:mns:a:1:/topics/t/messages' }, 'mns:PublishMessage', 'acs:mns:a:1:/topics/t/messages'],
    [{ FAILURE_DESTINATION: 'acs:fc:a:1:functions/f' }, 'fc:InvokeFunction', 'acs:fc:a:1:functions/f'],
  ])('let the function reach its failure destination: %j', (environment, action, resource) => {
    expect(statementsOf('aliyun-function-role', environment)[0]).toEqual({
      Effect: 'Allow',
      Action: action,
      Resource: resource,
    });
  });

  it.each([
    [{}, ['acs:log:cn-hangzhou:1000000000000001:project/serverless-cn-hangzhou-*/logstore/default-logs']],
    [{ LOG_PROJECT: 'p', LOG_STORE: 's' }, ['acs:log:cn-hangzhou:1000000000000001:project/p/logstore/s']],
    [{ LOG_PROJECT: 'off' }, []],
  ])('let the function write its log, where it has one: %j', (environment, resources) => {
    const statements = statementsOf('aliyun-function-role', environment);
    expect(
      statements.filter(({ Action }) => Action === 'log:PostLogStoreLogs').map(({ Resource }) => Resource),
    ).toEqual(resources);
  });
});

it('every file of deploy/policies is listed in its README', () => {
  const readme = readFileSync(new URL('README.md', FOLDER), 'utf8');
  const files = readdirSync(FOLDER).filter(file => file.endsWith('.json'));
  expect(files.filter(file => !readme.includes(`](${file})`))).toEqual([]);
});
