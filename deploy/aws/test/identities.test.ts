// Least privilege: what deploy/policies says, and for each further statement a test that says why.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../shared/environment.ts';
import { LEDGER_TABLE, record } from './resolve-template.ts';
import { readStatements, type Statement, statementsOf } from './statements.ts';
import { ACCOUNT, REQUIRED, synthesize } from './synthesize.ts';

const KEY_ARN = `arn:aws:kms:us-west-2:${ACCOUNT}:key/5f7a`;
const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));

/** A file of deploy/policies with the values of the deployment in their places, as the project's README does it. */
function policyFile(name: string, values: Environment): readonly Statement[] {
  const environment = { PATH: process.env.PATH, AWS_ACCOUNT_ID: ACCOUNT, S3_PREFIX: '', ...REQUIRED, ...values };
  const text = execFileSync('sh', [`${POLICIES}/fill.sh`, name], { env: environment, encoding: 'utf8' });
  return readStatements(JSON.parse(text));
}

function workerFiles(values: Environment): readonly Statement[] {
  return ['aws-worker-bucket.json', 'aws-worker.json'].flatMap(name => policyFile(name, values));
}

function ossKey(values: Environment = {}): readonly Statement[] {
  return policyFile('aws-worker-secret.json', values);
}

function ledger(): readonly Statement[] {
  return policyFile('aws-worker-ledger.json', { LEDGER_TABLE });
}

function identity(name: 'WorkerRole' | 'ConsoleRole' | 'ExecutionRole' | 'FunctionUser', changes: Environment = {}) {
  const { resources } = synthesize(changes);
  const type = name === 'FunctionUser' ? 'AWS::IAM::User' : 'AWS::IAM::Role';
  const found = resources.one(type, ({ id }) => id.startsWith(name));
  return { ...found, statements: statementsOf(resources, found) };
}

const OWN_TASK = {
  sid: 'OwnTask',
  effect: 'Allow',
  actions: ['ecs:UpdateTaskProtection'],
  resources: [`arn:aws:ecs:us-west-2:${ACCOUNT}:task/oss-s3-bridge/*`],
  condition: undefined,
};
/** AWS takes no resource for these. */
const SESSIONS = {
  sid: 'Sessions',
  effect: 'Allow',
  actions: [
    'ssmmessages:CreateControlChannel',
    'ssmmessages:CreateDataChannel',
    'ssmmessages:OpenControlChannel',
    'ssmmessages:OpenDataChannel',
  ],
  resources: ['*'],
  condition: undefined,
};

describe('the function', () => {
  it('may send to the live queue and nothing else, as deploy/policies says', () => {
    const { statements } = identity('FunctionUser');
    expect(statements).toEqual(policyFile('aws-function-user.json', {}));
    expect(statements).toEqual([
      expect.objectContaining({
        actions: ['sqs:SendMessage'],
        resources: [`arn:aws:sqs:us-west-2:${ACCOUNT}:oss-s3-bridge`],
      }),
    ]);
  });

  it('is named after the stack, and gets no key from it', () => {
    expect(identity('FunctionUser', { STACK_NAME: 'photos' }).properties.UserName).toBe('photos-function');
    expect(synthesize().resources.ofType('AWS::IAM::AccessKey')).toEqual([]);
    expect(JSON.stringify(synthesize().template.toJSON())).not.toMatch(/AccessKey"/);
  });
});

describe('the worker', () => {
  it('may do what deploy/policies says, use its ledger, and protect its own task', () => {
    const { statements } = identity('WorkerRole');
    expect(statements).toEqual([...workerFiles({}), ...ledger(), ...ossKey(), OWN_TASK]);
  });

  it('may write below its prefix only', () => {
    const { statements } = identity('WorkerRole', { S3_PREFIX: 'copy/of/' });
    expect(statements).toEqual([...workerFiles({ S3_PREFIX: 'copy/of/' }), ...ledger(), ...ossKey(), OWN_TASK]);
  });

  it('may use the KMS key of the bucket, when there is one', () => {
    const changes = { S3_ENCRYPTION: 'aws:kms', S3_KMS_KEY_ID: KEY_ARN };
    const key = policyFile('aws-worker-kms.json', { S3_KMS_KEY_ARN: KEY_ARN });
    expect(identity('WorkerRole', changes).statements).toEqual(expect.arrayContaining([...key]));
    expect(JSON.stringify(identity('WorkerRole').statements)).not.toContain('kms:');
  });

  it('may assume the role for S3, when there is one, and has no bucket of its own then', () => {
    const changes = {
      S3_ROLE_ARN: 'arn:aws:iam::444455556666:role/bridge-writer',
      COPY_TAGS: 'true',
      S3_ENCRYPTION: 'aws:kms',
      S3_KMS_KEY_ID: KEY_ARN,
    };
    const { statements } = identity('WorkerRole', changes);
    const role = policyFile('aws-worker-s3-role.json', changes);
    expect(statements).toEqual([...role, ...policyFile('aws-worker.json', {}), ...ledger(), ...ossKey(), OWN_TASK]);
    expect(identity('ConsoleRole', changes).statements).toEqual([...statements, SESSIONS]);
  });

  it('has a name that the owner of that role knows before it is there, and so has the console', () => {
    const nameOf = (role: 'WorkerRole' | 'ConsoleRole') => identity(role, { STACK_NAME: 'photos' }).properties.RoleName;
    expect([nameOf('WorkerRole'), nameOf('ConsoleRole')]).toEqual(['photos-worker', 'photos-console']);
  });

  it.each([
    ['team/oss', 'aws-worker-secret.json'],
    [`arn:aws:secretsmanager:us-west-2:${ACCOUNT}:secret:team/oss-Xy12Zz`, 'aws-worker-secret.json'],
    [`arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:team/oss`, 'aws-worker-secret.json'],
    ['ssm:/team/oss', 'aws-worker-parameter.json'],
    [`arn:aws:ssm:us-west-2:${ACCOUNT}:parameter/team/oss`, 'aws-worker-parameter.json'],
  ])('may read the OSS key in %s, and no other secret', (OSS_SECRET_ID, file) => {
    const { statements } = identity('WorkerRole', { OSS_SECRET_ID });
    const reading = statements.filter(({ actions }) =>
      actions.some(action => /^(secretsmanager|ssm|kms):/.test(action)),
    );
    expect(reading).toEqual(policyFile(file, { OSS_SECRET_ID }));
  });

  it('may decrypt it, when a key of the user encrypts it', () => {
    const decrypt = { sid: 'OssSecretKey', effect: 'Allow', actions: ['kms:Decrypt'], resources: [KEY_ARN] };
    const { statements } = identity('WorkerRole', { OSS_SECRET_KMS_KEY_ARN: KEY_ARN });
    expect(statements).toContainEqual({ ...decrypt, condition: undefined });
  });

  const additions: readonly (readonly [Environment, string])[] = [
    [{ COPY_TAGS: 'true' }, 's3:PutObjectTagging'],
    [{ S3_ACL: 'bucket-owner-full-control' }, 's3:PutObjectAcl'],
  ];
  it.each(additions)('with %o may do %s too, and without it may not', (changes, action) => {
    const objectActions = (own: Environment) =>
      identity('WorkerRole', own).statements.find(({ sid }) => sid === 'Objects')?.actions;
    expect(objectActions(changes)).toContain(action);
    expect(objectActions({})).not.toContain(action);
    expect(objectActions({ COPY_TAGS: 'false' })).not.toContain(action);
  });

  it('in the console may hold a session as well, and nothing more', () => {
    expect(identity('ConsoleRole').statements).toEqual([...identity('WorkerRole').statements, SESSIONS]);
  });
});

describe('ECS', () => {
  const GHCR = {};
  const ecr = { WORKER_IMAGE: `${ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/worker:1` };
  const log = {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [`arn:aws:logs:us-west-2:${ACCOUNT}:log-group:/oss-s3-bridge/oss-s3-bridge:*`],
  };
  const secret = (name: string, suffix: string) => ({
    actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
    resources: [`arn:aws:secretsmanager:us-west-2:${ACCOUNT}:secret:${name}-${suffix}`],
  });
  const apiToken = secret('oss-s3-bridge/api-token', 'AbCdEf');
  const grants = (changes: Environment) =>
    identity('ExecutionRole', changes).statements.map(({ actions, resources }) => ({ actions, resources }));

  it('may write the log and read the token of the API to start a task, and nothing else', () => {
    const found = grants(GHCR);
    expect(found).toHaveLength(2);
    expect(found).toEqual(expect.arrayContaining([log, apiToken]));
  });

  it('may pull from the ECR repository that the image is in, and from no other', () => {
    const found = grants(ecr);
    const pull = {
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [`arn:aws:ecr:us-west-2:${ACCOUNT}:repository/worker`],
    };
    const token = { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] };
    expect(found).toHaveLength(4);
    expect(found).toEqual(expect.arrayContaining([log, apiToken, pull, token]));
  });

  it('gives each role to its own tasks of this account only', () => {
    for (const name of ['WorkerRole', 'ConsoleRole', 'ExecutionRole'] as const) {
      expect(record(identity(name).properties.AssumeRolePolicyDocument).Statement).toEqual([
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'ecs-tasks.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': ACCOUNT },
            ArnLike: { 'aws:SourceArn': `arn:aws:ecs:us-west-2:${ACCOUNT}:*` },
          },
        },
      ]);
    }
  });
});

describe('all identities together', () => {
  const everything = {
    COPY_TAGS: 'true',
    S3_ACL: 'private',
    S3_ENCRYPTION: 'aws:kms',
    S3_KMS_KEY_ID: KEY_ARN,
    WORKER_IMAGE: `${ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/worker:1`,
  };
  const { resources } = synthesize(everything);
  const identities = [...resources.ofType('AWS::IAM::Role'), ...resources.ofType('AWS::IAM::User')];

  it('are four', () => {
    expect(identities.map(({ id }) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual(
      ['ConsoleRole', 'ExecutionRole', 'FunctionUser', 'WorkerRole'].sort(),
    );
    expect(resources.ofType('AWS::IAM::ManagedPolicy')).toEqual([]);
    for (const { properties } of identities) expect(properties.ManagedPolicyArns).toBeUndefined();
  });

  it('have no action with a wildcard', () => {
    const actions = identities.flatMap(found => statementsOf(resources, found).flatMap(statement => statement.actions));
    expect(actions.length).toBeGreaterThan(30);
    expect(actions.filter(action => action.includes('*'))).toEqual([]);
  });

  it('reach every resource only where AWS leaves no choice', () => {
    const everywhere = identities.flatMap(found =>
      statementsOf(resources, found).filter(statement => statement.resources.includes('*')),
    );
    expect(everywhere.flatMap(({ actions }) => actions).sort()).toEqual(
      [...SESSIONS.actions, 'ecr:GetAuthorizationToken'].sort(),
    );
  });
});
