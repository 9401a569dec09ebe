// An AWS account for init: the local SQS and S3, an STS and a DynamoDB of stubs, each behind a relay, so that every request is seen, and any can go wrong.

import { GetBucketLifecycleConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type InitReport, init } from '../../../cli/init/init.ts';
import { type InitOptions, readInitSettings } from '../../../cli/init/init-settings.ts';
import { startS3Server } from '../../../local/s3/s3-server.ts';
import { startSqsServer } from '../../../local/sqs/sqs-server.ts';
import { MemoryObjectStore } from '../../../local/store/memory-object-store.ts';
import { type StubTable, startDynamodbTablesStub } from '../../fakes/dynamodb-tables-stub.ts';
import { type RelayFault, type RelayRequest, startHttpRelay } from '../../fakes/http-relay.ts';
import { type StsStub, startStsStub } from '../../fakes/sts-stub.ts';

export const ACCOUNT_ID = '111122223333';
export const REGION = 'us-west-2';
export const BUCKET = 'my-destination';
export const TABLE = 'bridge-ledger';
const CREDENTIALS = { accessKeyId: 'AKIAINIT', secretAccessKey: 'init/secret' };
const OTHERS = { accessKeyId: 'AKIAOTHERS', secretAccessKey: 'others/secret' };

export const ENVIRONMENT = {
  AWS_REGION: REGION,
  S3_BUCKET: BUCKET,
  S3_PREFIX: 'from-oss/',
  S3_FORCE_PATH_STYLE: 'true',
  OSS_BUCKET: 'my-source',
  OSS_REGION: 'cn-hangzhou',
  ALIYUN_ACCOUNT_ID: '1000000000000001',
};

/** Another program's, of the ledger's name. */
export function tableWithAnotherKey(): StubTable {
  return {
    input: {
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
    },
    status: 'ACTIVE',
    looksLeft: 0,
    timeToLive: { status: 'DISABLED' },
    recovery: false,
  };
}

/** `sqs CreateQueue`, in the order in which they came. */
export type Decide = (call: string, number: number, request: RelayRequest) => RelayFault | undefined;

export interface Run {
  readonly apply?: boolean;
  readonly update?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly options?: InitOptions;
  readonly signal?: AbortSignal;
  readonly patience?: { readonly everyMilliseconds: number; readonly atMostMilliseconds: number };
}

export interface InitCloud {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly sts: StsStub;
  readonly tables: Map<string, StubTable>;
  /** What init asked, since the last `forget`. */
  readonly calls: string[];
  /** What was printed as progress. */
  readonly said: string[];
  decide: Decide;
  run(run?: Run): Promise<InitReport>;
  /** All that is there, in a form that two runs can be compared in. */
  state(): Promise<unknown>;
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startInitCloud(
  options: {
    readonly arn?: string;
    readonly region?: string;
    /** Of another SQS than the local one. */
    readonly sqsEndpoint?: string | undefined;
    /** The bucket does not know who runs init. */
    readonly isBucketOfOthers?: boolean;
  } = {},
): Promise<InitCloud> {
  const { region = REGION, arn = `arn:aws:iam::${ACCOUNT_ID}:user/alice` } = options;
  const sts = await startStsStub({ accountId: ACCOUNT_ID, arn });
  const common = { region, credentials: CREDENTIALS };
  const sqsServer = await startSqsServer({ ...common, accountId: ACCOUNT_ID, queues: [] });
  const sqsEndpoint = options.sqsEndpoint ?? sqsServer.endpoint;
  const owner = options.isBucketOfOthers ? OTHERS : CREDENTIALS;
  const s3Server = await startS3Server({
    region,
    credentials: owner,
    sessions: sts.sessions,
    buckets: new Map([[BUCKET, new MemoryObjectStore()]]),
  });
  const dynamodb = await startDynamodbTablesStub();
  const calls: string[] = [];
  const said: string[] = [];
  const servers = {
    STS: ['sts', sts.origin],
    SQS: ['sqs', sqsEndpoint],
    S3: ['s3', s3Server.endpoint],
    DYNAMODB: ['dynamodb', dynamodb.origin],
  } as const;
  const relays = await Promise.all(
    Object.values(servers).map(([service, origin]) =>
      startHttpRelay({
        origin,
        decide(request) {
          const call = `${service} ${nameOf(request)}`;
          calls.push(call);
          return cloud.decide(call, calls.length, request);
        },
      }),
    ),
  );
  const endpoints = Object.keys(servers).map((name, index) => [
    `AWS_ENDPOINT_URL_${name}`,
    relays[index]?.origin ?? '',
  ]);
  const environment = { ...ENVIRONMENT, AWS_REGION: region, ...Object.fromEntries(endpoints) };
  const sqs = new SQSClient({ ...common, endpoint: sqsEndpoint });
  const s3 = new S3Client({ region, credentials: owner, endpoint: s3Server.endpoint, forcePathStyle: true });
  const cloud: InitCloud = {
    sqs,
    s3,
    sts,
    tables: dynamodb.tables,
    calls,
    said,
    decide: () => undefined,
    environment,
    run({ environment: own = {}, options: given = {}, apply = true, update = false, signal, patience } = {}) {
      const whole = { ...environment, ...own };
      return init({
        settings: readInitSettings(whole, given),
        environment: whole,
        apply,
        update,
        signal: signal ?? new AbortController().signal,
        say: text => said.push(text),
        credentials: CREDENTIALS,
        patience: patience ?? { everyMilliseconds: 1, atMostMilliseconds: 2_000 },
        maxAttempts: 1,
      });
    },
    state: async () => ({ queues: await queuesOf(sqs), rules: await rulesOf(s3), tables: tablesOf(dynamodb.tables) }),
    async close() {
      sqs.destroy();
      s3.destroy();
      await Promise.all([...relays, sts, dynamodb].map(server => server.close()));
      await Promise.all([sqsServer.close(), s3Server.close()]);
    },
  };
  return cloud;
}

function nameOf({ method, url, target, body }: RelayRequest): string {
  if (target !== undefined) return target.split('.').at(-1) ?? '';
  const action = /(?:^|&)Action=(\w+)/.exec(body)?.[1];
  if (action !== undefined) return action;
  return `${method === 'PUT' ? 'Put' : 'Get'}${url.includes('lifecycle') ? 'BucketLifecycleConfiguration' : url}`;
}

const CHANGES_BY_ITSELF = ['CreatedTimestamp', 'LastModifiedTimestamp'];

async function queuesOf(sqs: SQSClient): Promise<unknown> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const queues = QueueUrls.map(async QueueUrl => {
    const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
    const attributes = Object.entries((await sqs.send(ask)).Attributes ?? {});
    const kept = attributes.filter(([name]) => !CHANGES_BY_ITSELF.includes(name));
    return [QueueUrl.split('/').at(-1), Object.fromEntries(kept)] as const;
  });
  return Object.fromEntries(await Promise.all(queues));
}

async function rulesOf(s3: S3Client): Promise<unknown> {
  const ask = new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET });
  const none = { Rules: [], TransitionDefaultMinimumObjectSize: undefined };
  const { Rules, TransitionDefaultMinimumObjectSize } = await s3.send(ask).catch(() => none); // there is none yet
  return { Rules, TransitionDefaultMinimumObjectSize };
}

function tablesOf(tables: ReadonlyMap<string, StubTable>): unknown {
  return [...tables].map(([name, { input, timeToLive, recovery }]) => ({ name, input, timeToLive, recovery }));
}
