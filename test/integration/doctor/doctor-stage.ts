// The doctor on the local cloud, with all that a case may turn: settings, faults, answers of its own, the state of bucket and queues. Everything
// is put back for the next case.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { PurgeQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import OSS from 'ali-oss';
import { expect, vi } from 'vitest';
import { FORWARDED_EVENTS } from '../../../aliyun-fc/forwarded-events.ts';
import { createHandler } from '../../../aliyun-fc/index.ts';
import { type ExamineOptions, examine } from '../../../cli/doctor/examine.ts';
import type { ItemResult } from '../../../cli/doctor/run-items.ts';
import { LOCAL, type LocalCloud, startLocalCloud } from '../../../local/local-cloud.ts';
import type { OssExchange } from '../../../local/oss/oss-server.ts';
import type { S3Exchange } from '../../../local/s3/s3-server.ts';
import { MemoryObjectStore } from '../../../local/store/memory-object-store.ts';
import { createLog } from '../../../shared/log.ts';
import { type SecretsStub, startSecretsStub } from '../../fakes/secrets-stub.ts';
import { type StsStub, startStsStub } from '../../fakes/sts-stub.ts';
import { noteSecrets } from '../../secrets/note-secrets.ts';
import { FC_ACCOUNT, FC_KEY, type FcStub, type FcStubFunction, startFcStub, startStub } from './stubs.ts';

export const FUNCTION_NAME = 'oss-s3-bridge';
export const LARGE_BYTES = 1_048_576;
const QUEUES = [LOCAL.liveQueue, LOCAL.backfillQueue, LOCAL.deadLetterQueue];
const FOURTEEN_DAYS = '1209600';
/** A queue can be purged once a minute; the queues' clock is moved instead of waiting. */
const PURGE_EVERY_MILLISECONDS = 61_000;

export interface DoctorStage {
  readonly cloud: LocalCloud;
  readonly oss: OSS;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly sts: StsStub;
  readonly secrets: SecretsStub;
  /** Answers with `answers.key`. */
  readonly keyUrl: string;
  readonly answers: { key: string };
  readonly fc: FcStub;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Of the case: see each request before it is served. */
  readonly intercept: {
    oss?: ((exchange: OssExchange) => boolean) | undefined;
    s3?: ((exchange: S3Exchange) => boolean) | undefined;
  };
  /** The function as `s deploy` makes it. */
  readonly deployed: FcStubFunction;
  queueUrl(name: string): string;
  /** An object of the source, of whose event nothing is left in the queue. */
  seed(key: string, body: Buffer, headers?: Record<string, string>): Promise<void>;
  examine(options: Partial<ExamineOptions>): Promise<readonly ItemResult[]>;
  /** Keys and uploads at the destination, and messages in the queues. */
  leftovers(): Promise<readonly string[]>;
  /** Bucket, queues, function and faults as they were at first. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function startDoctorStage(): Promise<DoctorStage> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-s3-bridge-doctor-'));
  const intercept: DoctorStage['intercept'] = {};
  let passedMilliseconds = 0;
  const answers = { key: '' };
  const [sts, secrets, keyServer, fc] = await Promise.all([
    startStsStub({ accountId: '111122223333', arn: 'arn:aws:iam::111122223333:user/bridge' }),
    startSecretsStub(),
    startStub((_request, response) => void response.end(answers.key)),
    startFcStub(),
  ]);
  const cloud = await startLocalCloud({
    s3Sessions: sts.sessions,
    source: new MemoryObjectStore(),
    destination: new MemoryObjectStore(),
    log: createLog({ level: 'silent' }),
    queueClock: () => Date.now() + passedMilliseconds,
    intercept: {
      oss: exchange => intercept.oss?.(exchange) ?? false,
      s3: exchange => intercept.s3?.(exchange) ?? false,
    },
  });
  const aws = { region: LOCAL.awsRegion, credentials: LOCAL.awsCredentials };
  const s3 = new S3Client({ ...aws, endpoint: cloud.s3.endpoint, forcePathStyle: true });
  const sqs = new SQSClient({ ...aws, endpoint: cloud.sqs.endpoint });
  const oss = new OSS({
    region: `oss-${LOCAL.ossRegion}`,
    bucket: LOCAL.ossBucket,
    endpoint: cloud.oss.endpoint,
    ...LOCAL.ossCredentials,
    authorizationV4: true,
  });
  const environment = {
    ...cloud.environment,
    AWS_ENDPOINT_URL_STS: sts.origin,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.origin,
    AWS_ENDPOINT_URL_SSM: secrets.origin,
    LEDGER_URL: `sqlite:${join(folder, 'ledger.db')}`,
    PORT: '0',
    ALIYUN_ACCOUNT_ID: FC_ACCOUNT,
    ALIBABA_CLOUD_ACCESS_KEY_ID: FC_KEY.id,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: FC_KEY.secret,
  };
  const functionEnvironment = {
    ACCESS_KEY: LOCAL.awsCredentials.accessKeyId,
    SECRET_KEY: LOCAL.awsCredentials.secretAccessKey,
    QUEUE_URL: cloud.environment.SQS_QUEUE_URL ?? '',
    REGION_NAME: LOCAL.awsRegion,
    LOG_LEVEL: 'silent',
  };
  const deployed = deployedFunction(functionEnvironment);
  const queueUrl = (name: string) => cloud.sqs.queueUrl(name);

  const keysLeft = async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: LOCAL.s3Bucket }));
    return Contents.flatMap(({ Key }) => Key ?? []);
  };
  const leftovers = async () => {
    const uploads = await s3.send(new ListMultipartUploadsCommand({ Bucket: LOCAL.s3Bucket }));
    return [
      ...(await keysLeft()).map(key => `object ${key}`),
      ...(uploads.Uploads ?? []).map(({ Key }) => `upload ${Key}`),
      ...QUEUES.flatMap(name => cloud.sqs.peek(name).map(({ body }) => `message in ${name}: ${body}`)),
    ];
  };

  const purge = async (name: string) => {
    passedMilliseconds += PURGE_EVERY_MILLISECONDS;
    await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl(name) }));
  };
  const seed: DoctorStage['seed'] = async (key, body, headers = {}) => {
    await oss.put(key, body, { headers });
    await vi.waitUntil(() => cloud.functionCompute.pending === 0);
    await purge(LOCAL.liveQueue);
  };

  const reset = async () => {
    await oss.deleteMulti(['cold.bin']);
    for (const key of await keysLeft()) await s3.send(new DeleteObjectCommand({ Bucket: LOCAL.s3Bucket, Key: key }));
    cloud.faults.clear();
    delete intercept.oss;
    delete intercept.s3;
    sts.refuse('GetCallerIdentity', undefined);
    sts.refuse('AssumeRole', undefined);
    sts.trust.externalId = undefined;
    secrets.refuse(undefined);
    secrets.secrets.clear();
    secrets.parameters.clear();
    fc.refusals.clear();
    fc.functions.clear();
    fc.functions.set(FUNCTION_NAME, Object.assign(deployed, deployedFunction(functionEnvironment)));
    fc.handler = createHandler(functionEnvironment);
    for (const name of QUEUES) {
      await purge(name);
      const Attributes = { MessageRetentionPeriod: FOURTEEN_DAYS, DelaySeconds: '0' };
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl(name), Attributes }));
    }
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket: LOCAL.s3Bucket }));
    await s3.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket: LOCAL.s3Bucket, LifecycleConfiguration: { Rules: [RULE] } }),
    );
  };

  await seed('a.txt', Buffer.from('hello world'));
  await seed('large.bin', Buffer.alloc(LARGE_BYTES, 7));
  await reset();
  return {
    ...{
      cloud,
      oss,
      s3,
      sqs,
      sts,
      secrets,
      answers,
      keyUrl: keyServer.url,
      fc,
      folder,
      environment,
      intercept,
      deployed,
      queueUrl,
      leftovers,
      reset,
      seed,
    },
    async examine(options) {
      const results = await examine({
        environment,
        signal: new AbortController().signal,
        ...options,
        seams: { arrivalSeconds: 1, bandwidthSeconds: 1, fcBaseUrl: fc.url, ...options.seams },
      });
      noteSecrets(JSON.stringify(results), { origin: `results of ${expect.getState().testPath}` });
      return results;
    },
    async close() {
      s3.destroy();
      sqs.destroy();
      await Promise.all([sts, secrets, keyServer, fc, cloud].map(server => server.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const RULE = {
  ID: 'abort',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
} as const;

export function trigger(
  own: { events?: readonly string[]; prefix?: string; suffix?: string; sourceArn?: string } = {},
) {
  const { events = FORWARDED_EVENTS.map(name => `oss:${name}`), prefix = '', suffix = '' } = own;
  return {
    triggerName: 'object-changed',
    triggerType: 'oss',
    sourceArn: own.sourceArn ?? `acs:oss:${LOCAL.ossRegion}:${FC_ACCOUNT}:${LOCAL.ossBucket}`,
    invocationRole: `acs:ram::${FC_ACCOUNT}:role/aliyunosseventnotificationrole`,
    qualifier: 'LATEST',
    triggerConfig: JSON.stringify({ events, filter: { key: { prefix, suffix } } }),
  };
}

function deployedFunction(environmentVariables: Readonly<Record<string, string>>): FcStubFunction {
  return {
    function: {
      functionName: FUNCTION_NAME,
      runtime: 'nodejs20',
      handler: 'index.handler',
      codeSize: 412_000,
      timeout: 60,
      memorySize: 256,
      role: `acs:ram::${FC_ACCOUNT}:role/oss-s3-bridge-function`,
      state: 'Active',
      lastUpdateStatus: 'Successful',
      internetAccess: true,
      environmentVariables,
    },
    triggers: [trigger()],
    asyncConfig: {
      maxAsyncRetryAttempts: 8,
      maxAsyncEventAgeInSeconds: 604_800,
      destinationConfig: {
        onFailure: { destination: `acs:mns:${LOCAL.ossRegion}:${FC_ACCOUNT}:/queues/oss-s3-bridge-failures/messages` },
      },
    },
  };
}
