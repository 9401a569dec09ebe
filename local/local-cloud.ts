// The local cloud: OSS, Function Compute with the real handler, SQS and S3 in one process, on loopback unless told otherwise.

import { createHandler } from '../aliyun-fc/index.ts';
import type { Log } from '../shared/log.ts';
import { type AdminServer, startAdminServer } from './faults/admin-server.ts';
import { FaultEngine } from './faults/fault-engine.ts';
import { createFunctionCompute, type FunctionCompute } from './function-compute.ts';
import type { OssEvent } from './oss/oss-event.ts';
import { type OssServer, type OssServerOptions, startOssServer } from './oss/oss-server.ts';
import { type S3Server, type S3ServerOptions, startS3Server } from './s3/s3-server.ts';
import { type SqsServer, type SqsServerOptions, startSqsServer } from './sqs/sqs-server.ts';
import type { ObjectStore } from './store/object-store.ts';

/** The keys to a cloud that only this machine can reach: they guard nothing, and are printed. */
export const LOCAL = {
  ossRegion: 'cn-hangzhou',
  ossBucket: 'local-source',
  ossCredentials: { accessKeyId: 'local-oss-access-key', accessKeySecret: 'local-oss-secret' },
  awsRegion: 'us-east-1',
  s3Bucket: 'local-destination',
  /** Of letters and digits, as AWS's are: DynamoDB Local, which may stand beside it, takes no other. */
  awsCredentials: { accessKeyId: 'localawsaccesskey', secretAccessKey: 'local-aws-secret' },
  liveQueue: 'oss-s3-bridge',
  backfillQueue: 'oss-s3-bridge-backfill',
  deadLetterQueue: 'oss-s3-bridge-dead-letters',
  apiToken: 'local-token-for-the-local-cloud',
} as const;

const FOURTEEN_DAYS_SECONDS = String(14 * 24 * 3600);
const MAX_RECEIVE_COUNT = 10;
/** As `bridge init` makes it. */
const ENDS_ABANDONED_UPLOADS =
  '<LifecycleConfiguration><Rule><ID>oss-s3-bridge-abandoned-uploads</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>';

export interface LocalCloudOptions {
  readonly source: ObjectStore;
  readonly destination: ObjectStore;
  readonly host?: string;
  /** How clients name this machine; `host` unless told. */
  readonly advertisedHost?: string;
  readonly ports?: { readonly oss: number; readonly s3: number; readonly sqs: number };
  readonly log: Log;
  /** Milliseconds since 1970, for the queues alone: moved forward, delays and visibility timeouts end without a wait. For tests. */
  readonly queueClock?: () => number;
  /** Of the admin endpoint, 0 for any free one. Left out: there is none, and `faults` is the only way in. */
  readonly adminPort?: number;
  /** SQLite file that faults of the ledger lock, unless they name one. */
  readonly ledgerPath?: string;
  /** Of S3, beside LOCAL.awsCredentials. For tests. */
  readonly s3Sessions?: NonNullable<S3ServerOptions['sessions']>;
  /** See each request before it is served; true: they answered it, or will. For tests. */
  readonly intercept?: {
    readonly oss?: NonNullable<OssServerOptions['intercept']>;
    readonly s3?: NonNullable<S3ServerOptions['intercept']>;
    readonly sqs?: NonNullable<SqsServerOptions['intercept']>;
  };
}

export interface LocalCloud {
  readonly oss: OssServer;
  readonly s3: S3Server;
  readonly sqs: SqsServer;
  readonly functionCompute: FunctionCompute;
  /** What goes wrong on demand. */
  readonly faults: FaultEngine;
  /** `http://127.0.0.1:PORT`, where `adminPort` was asked for. */
  readonly adminUrl: string | undefined;
  /** Events that the handler refused to the last. */
  readonly failedEvents: readonly OssEvent[];
  /** What points a worker, or any client, at it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const host = options.host ?? '127.0.0.1';
  const advertised = options.advertisedHost ?? host;
  const failedEvents: OssEvent[] = [];
  const attributes = { MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS };
  const redrive = { deadLetterQueue: LOCAL.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT, attributes };
  const { intercept = {}, queueClock, adminPort } = options;
  const faults = new FaultEngine(options.ledgerPath === undefined ? {} : { ledgerPath: options.ledgerPath });
  const sqs = await startSqsServer({
    ...(queueClock === undefined ? {} : { now: queueClock }),
    ...(intercept.sqs === undefined ? {} : { intercept: intercept.sqs }),
    faults,
    host,
    port: options.ports?.sqs ?? 0,
    region: LOCAL.awsRegion,
    credentials: LOCAL.awsCredentials,
    queues: [
      { name: LOCAL.liveQueue, ...redrive },
      { name: LOCAL.backfillQueue, ...redrive },
      { name: LOCAL.deadLetterQueue, attributes },
    ],
  });
  const functionCompute = createFunctionCompute({
    handler: createHandler({
      ACCESS_KEY: LOCAL.awsCredentials.accessKeyId,
      SECRET_KEY: LOCAL.awsCredentials.secretAccessKey,
      QUEUE_URL: sqs.queueUrl(LOCAL.liveQueue),
      REGION_NAME: LOCAL.awsRegion,
      LOG_LEVEL: 'silent',
    }),
    onFailure: (event, error) => {
      failedEvents.push(event);
      options.log.error('The handler refused an event to the last.', { error });
    },
  });
  const oss = await startOssServer({
    ...(intercept.oss === undefined ? {} : { intercept: intercept.oss }),
    faults,
    host,
    port: options.ports?.oss ?? 0,
    region: LOCAL.ossRegion,
    credentials: LOCAL.ossCredentials,
    buckets: new Map([[LOCAL.ossBucket, options.source]]),
    onEvent: functionCompute.invoke,
  });
  const s3 = await startS3Server({
    ...(intercept.s3 === undefined ? {} : { intercept: intercept.s3 }),
    ...(options.s3Sessions === undefined ? {} : { sessions: options.s3Sessions }),
    faults,
    host,
    port: options.ports?.s3 ?? 0,
    region: LOCAL.awsRegion,
    credentials: LOCAL.awsCredentials,
    buckets: new Map([[LOCAL.s3Bucket, options.destination]]),
    lifecycles: new Map([[LOCAL.s3Bucket, ENDS_ABANDONED_UPLOADS]]),
  });
  const admin: AdminServer | undefined =
    adminPort === undefined ? undefined : await startAdminServer({ faults, host, port: adminPort });
  return {
    oss,
    s3,
    sqs,
    functionCompute,
    faults,
    adminUrl: admin === undefined ? undefined : `http://${advertised}:${admin.port}`,
    failedEvents,
    environment: environmentOf(advertised, { oss: oss.port, s3: s3.port, sqs: sqs.port }),
    close: async () => {
      // First, so that nothing waits for a fault any more.
      faults.close();
      await admin?.close();
      await oss.close();
      await Promise.all([s3.close(), sqs.close()]);
      await Promise.all([options.source.close(), options.destination.close()]);
    },
  };
}

/** Each port of the account id and queue name as SQS makes its URLs. */
function environmentOf(host: string, ports: { oss: number; s3: number; sqs: number }): Record<string, string> {
  const sqsEndpoint = `http://${host}:${ports.sqs}`;
  const queueUrl = (name: string) => `${sqsEndpoint}/000000000000/${name}`;
  return {
    OSS_REGION: LOCAL.ossRegion,
    OSS_BUCKET: LOCAL.ossBucket,
    OSS_ENDPOINT: `http://${host}:${ports.oss}`,
    OSS_ACCESS_KEY_ID: LOCAL.ossCredentials.accessKeyId,
    OSS_ACCESS_KEY_SECRET: LOCAL.ossCredentials.accessKeySecret,
    S3_BUCKET: LOCAL.s3Bucket,
    S3_FORCE_PATH_STYLE: 'true',
    AWS_REGION: LOCAL.awsRegion,
    AWS_ACCESS_KEY_ID: LOCAL.awsCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL.awsCredentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: `http://${host}:${ports.s3}`,
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
    SQS_QUEUE_URL: queueUrl(LOCAL.liveQueue),
    SQS_BACKFILL_QUEUE_URL: queueUrl(LOCAL.backfillQueue),
    API_TOKEN: LOCAL.apiToken,
  };
}
