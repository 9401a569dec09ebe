import { LOCAL } from '../../../local/local-cloud.ts';
import { type DoctorCase, denied } from './doctor-cases.ts';
import { type DoctorStage, FUNCTION_NAME, trigger } from './doctor-stage.ts';
import { FC_ACCOUNT } from './stubs.ts';

const withFunction = (own: Record<string, unknown>) => (stage: DoctorStage) => {
  Object.assign(stage.deployed.function, own);
};
const withVariables = (own: Record<string, string | undefined>) => (stage: DoctorStage) => {
  const variables = { ...(stage.deployed.function.environmentVariables as object), ...own };
  stage.deployed.function.environmentVariables = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined),
  );
};
const withTriggers =
  (...triggers: Record<string, unknown>[]) =>
  (stage: DoctorStage) => {
    stage.deployed.triggers = triggers;
  };
const withAsync = (asyncConfig: Record<string, unknown> | undefined) => (stage: DoctorStage) => {
  stage.deployed.asyncConfig = asyncConfig;
};
const withOtherFunction = (other: Record<string, unknown>) => (stage: DoctorStage) => {
  stage.fc.functions.set('other', { function: { functionName: 'other' }, triggers: [other], asyncConfig: undefined });
};

const EVENTS = ['oss:ObjectCreated:PutObject', 'oss:ObjectCreated:CompleteMultipartUpload'];

export const FUNCTION_CASES: readonly DoctorCase[] = [
  { id: 'function-settings', when: 'all are there', status: 'ok', says: `${FUNCTION_NAME} of account ${FC_ACCOUNT}` },
  {
    id: 'function-settings',
    when: 'the deployer is not known',
    status: 'problem',
    code: 'invalid-configuration',
    says: 'ALIBABA_CLOUD_ACCESS_KEY_ID is missing',
    settings: { ALIBABA_CLOUD_ACCESS_KEY_ID: '' },
  },
  { id: 'function', when: 'it is as s deploy makes it', status: 'ok', says: 'nodejs20, index.handler, 412 kB' },
  {
    id: 'function',
    when: 'it is not there',
    status: 'problem',
    code: 'function-missing',
    says: 'Deploy it',
    arrange: ({ fc }) => fc.functions.clear(),
  },
  {
    id: 'function',
    when: 'the secret is wrong',
    status: 'problem',
    code: 'fc-access-denied',
    says: 'HTTP 403',
    settings: { ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'wrong' },
  },
  {
    id: 'function',
    when: 'the deployer may not look',
    status: 'problem',
    code: 'fc-access-denied',
    says: 'fc:GetFunction',
    arrange: ({ fc }) => fc.refusals.set(`GET /functions/${FUNCTION_NAME}`, [403, 'AccessDenied']),
  },
  {
    id: 'function',
    when: 'Function Compute fails',
    status: 'problem',
    code: 'fc-unavailable',
    says: 'HTTP 500',
    arrange: ({ fc }) => fc.refusals.set('GET', [500, 'InternalServerError']),
  },
  ...(
    [
      ['the runtime is old', { runtime: 'nodejs16' }, 'it needs nodejs20'],
      ['the handler is another', { handler: 'main.run' }, 'it must be index.handler'],
      ['it has no code', { codeSize: 0 }, 'npm run build:fc'],
      ['it is given little time', { timeout: 3 }, 'timeout is 3 s'],
      ['it cannot reach the internet', { internetAccess: false }, 'cannot reach SQS'],
      ['it has no role', { role: '' }, 'hand no event to the failure queue'],
      ['it is not active', { state: 'Failed', stateReason: 'quota' }, 'state is Failed (quota)'],
      ['its last update failed', { lastUpdateStatus: 'Failed' }, 'last update failed'],
    ] as const
  ).map(
    ([when, own, says]): DoctorCase => ({
      id: 'function',
      when,
      status: 'problem',
      code: 'function-unfit',
      says,
      arrange: withFunction(own),
    }),
  ),
  {
    id: 'function',
    when: 'the runtime is newer',
    status: 'warning',
    says: 'tested on nodejs20',
    arrange: withFunction({ runtime: 'nodejs22' }),
  },
  { id: 'function-environment', when: 'it is complete', status: 'ok', says: 'ACCESS_KEY, LOG_LEVEL, QUEUE_URL' },
  {
    id: 'function-environment',
    when: 'a variable is missing',
    status: 'problem',
    code: 'function-environment',
    says: 'SECRET_KEY is missing',
    arrange: withVariables({ SECRET_KEY: undefined }),
  },
  {
    id: 'function-environment',
    when: 'it has a key of Alibaba Cloud',
    status: 'problem',
    says: 'it must be that of an AWS IAM user',
    arrange: withVariables({ ACCESS_KEY: 'LTAI123' }),
  },
  {
    id: 'function-environment',
    when: 'it sends to another queue',
    status: 'problem',
    says: 'make them the same',
    arrange: withVariables({ QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/1/other' }),
  },
  {
    id: 'function-trigger',
    when: 'it has all events',
    status: 'ok',
    says: `acs:oss:cn-hangzhou:${FC_ACCOUNT}:local-source`,
  },
  {
    id: 'function-trigger',
    when: 'there is none',
    status: 'problem',
    code: 'function-trigger',
    says: 'no OSS trigger',
    arrange: withTriggers(),
  },
  {
    id: 'function-trigger',
    when: 'it watches another bucket',
    status: 'problem',
    says: 'Its trigger watches acs:oss:cn-hangzhou:1:other',
    arrange: withTriggers(trigger({ sourceArn: 'acs:oss:cn-hangzhou:1:other' })),
  },
  {
    id: 'function-trigger',
    when: 'events are missing',
    status: 'problem',
    says: 'not told of oss:ObjectCreated:PostObject',
    arrange: withTriggers(trigger({ events: EVENTS })),
  },
  {
    id: 'function-trigger',
    when: 'it is invoked for parts',
    status: 'warning',
    says: 'costs and brings nothing',
    arrange: withTriggers(trigger({ events: ['oss:ObjectCreated:*', 'oss:ObjectModified:UpdateObjectMeta'] })),
  },
  {
    id: 'function-trigger',
    when: 'its prefix is another',
    status: 'problem',
    says: 'that begin with "photos/"',
    arrange: withTriggers(trigger({ prefix: 'photos/' })),
  },
  {
    id: 'function-trigger',
    when: 'it covers more than the worker copies',
    status: 'warning',
    says: 'more than those that begin with "a"',
    settings: { OSS_PREFIX: 'a' },
  },
  {
    id: 'function-trigger',
    when: 'symbolic links are followed and not told of',
    status: 'problem',
    says: 'oss:ObjectCreated:PutSymlink',
    settings: { FOLLOW_SYMLINKS: 'true' },
  },
  {
    id: 'function-trigger',
    when: 'two tell of the same',
    status: 'warning',
    says: 'tell of the same keys twice',
    arrange: withTriggers(trigger(), { ...trigger({ events: EVENTS }), triggerName: 'second' }),
  },
  { id: 'function-overlap', when: 'there is no other', status: 'ok', says: '0 of other functions' },
  {
    id: 'function-overlap',
    when: 'another function has the same events',
    status: 'warning',
    says: 'OSS refuses the second',
    arrange: withOtherFunction(trigger({ events: EVENTS })),
  },
  {
    id: 'function-overlap',
    when: 'another function has other keys',
    status: 'ok',
    says: '1 of other functions on this bucket',
    arrange: stage => {
      stage.deployed.triggers = [trigger({ prefix: 'a/' })];
      withOtherFunction(trigger({ prefix: 'b/' }))(stage);
    },
    settings: { OSS_PREFIX: 'a/' },
  },
  {
    id: 'function-overlap',
    when: 'it may not be looked at',
    status: 'skipped',
    says: 'fc:ListFunctions',
    arrange: ({ fc }) => fc.refusals.set('GET /functions', [403, 'AccessDenied']),
  },
  { id: 'function-async', when: 'it is as s deploy makes it', status: 'ok', says: '8 retries within 604800 s' },
  {
    id: 'function-async',
    when: 'nothing is configured',
    status: 'problem',
    code: 'function-async',
    says: 'no failure destination',
    arrange: withAsync(undefined),
  },
  {
    id: 'function-async',
    when: 'there are few retries and little time',
    status: 'warning',
    says: 'tried 3 times again',
    arrange: withAsync({
      maxAsyncEventAgeInSeconds: 60,
      destinationConfig: { onFailure: { destination: 'acs:mns:x' } },
    }),
  },
  {
    id: 'function-invoke',
    when: 'its message arrives',
    status: 'ok',
    says: 'was received from the queue, and deleted',
  },
  {
    id: 'function-invoke',
    when: 'others wait in the queue',
    status: 'ok',
    says: 'waits behind others',
    arrange: async stage => {
      await stage.fc.handler(Buffer.from(JSON.stringify(eventOf('another'))));
    },
    // The two probes, and the one that was there.
    leaves: 3,
  },
  {
    id: 'function-invoke',
    when: 'a worker is faster',
    status: 'ok',
    says: 'a worker took it',
    arrange: ({ fc }) => {
      fc.handler = async () => ({ received: 1, forwarded: 1, ignored: 0 });
    },
  },
  {
    id: 'function-invoke',
    when: 'the handler fails',
    status: 'problem',
    code: 'function-failed',
    says: 'was invoked and failed: SQS',
    arrange: ({ fc }) => {
      fc.handler = async () => {
        throw new Error('SQS did not accept 1 of 1 messages');
      };
    },
  },
  {
    id: 'function-invoke',
    when: 'another code is deployed',
    status: 'problem',
    code: 'function-other',
    says: 'another code is deployed',
    arrange: ({ fc }) => {
      fc.handler = async () => 'hello world';
    },
  },
  {
    id: 'function-invoke',
    when: 'invoking is not allowed',
    status: 'problem',
    code: 'fc-access-denied',
    says: 'fc:InvokeFunction',
    arrange: ({ fc }) => fc.refusals.set('POST', [403, 'AccessDenied']),
  },
  {
    id: 'function-invoke',
    when: 'the function may not send',
    status: 'problem',
    code: 'function-failed',
    says: 'sqs:SendMessage',
    faults: [denied('sqs', 'SendMessageBatch')],
  },
];

function eventOf(key: string): unknown {
  const record = { eventName: 'ObjectCreated:PutObject', oss: { bucket: { name: LOCAL.ossBucket }, object: { key } } };
  return { events: [record] };
}
