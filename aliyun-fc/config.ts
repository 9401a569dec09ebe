// The function's environment, read once into a frozen object. The names are those of the functions that this one replaces.

import { type Environment, EnvironmentReader } from '../shared/environment.ts';
import { LOG_LEVELS, type LogLevel } from '../shared/log.ts';
import { type QueueUrl, readQueueUrl } from './queue-url.ts';

export interface Config {
  readonly queueUrl: string;
  readonly region: string;
  /** Where SQS is asked: the queue URL's own host, unless SQS_ENDPOINT says otherwise. */
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly followSymlinks: boolean;
  readonly logLevel: LogLevel;
}

/** What AWS's own tools take for granted when nobody names a region; a server on this machine seldom has one. */
const LOCAL_REGION = 'us-east-1';

/** @throws BridgeError permanent `invalid-configuration` with every fault; no value of a secret is repeated in it */
export function readConfig(environment: Environment): Config {
  const env = new EnvironmentReader(environment);
  const accessKeyId = env.required('ACCESS_KEY', 'the access key id of an AWS IAM user that may send to the queue');
  const secretAccessKey = env.required('SECRET_KEY', 'the secret access key that belongs to ACCESS_KEY');
  const sessionToken = env.optional('SESSION_TOKEN');
  refuseWrongKind(env, accessKeyId, sessionToken);

  const queue = readQueue(env);
  const region = readRegion(env, queue);
  const endpoint = env.url('SQS_ENDPOINT')?.origin ?? queue?.origin ?? '';
  const followSymlinks = env.boolean('FOLLOW_SYMLINKS', false);
  const logLevel = env.oneOf('LOG_LEVEL', LOG_LEVELS, 'info');
  env.throwFaults();

  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return Object.freeze({ queueUrl: queue?.text ?? '', region, endpoint, credentials, followSymlinks, logLevel });
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
function refuseWrongKind(env: EnvironmentReader, accessKeyId: string, sessionToken: string | undefined): void {
  if (accessKeyId.startsWith('LTAI') || accessKeyId.startsWith('STS.')) {
    env.fault('ACCESS_KEY is an Alibaba Cloud AccessKey; it must be that of an AWS IAM user.');
  }
  if (accessKeyId.startsWith('ASIA') && sessionToken === undefined) {
    env.fault('SESSION_TOKEN is missing: ACCESS_KEY begins with ASIA, so it is temporary and has one.');
  }
}

function readQueue(env: EnvironmentReader): QueueUrl | undefined {
  const name = env.optional('QUEUE_URL') === undefined ? 'SQS_QUEUE_URL' : 'QUEUE_URL';
  const text = env.optional(name);
  if (text === undefined) {
    env.fault('QUEUE_URL is missing: the URL of the SQS queue that the worker reads (SQS_QUEUE_URL is read too).');
    return undefined;
  }
  const other = env.optional('SQS_QUEUE_URL');
  if (other !== undefined && other !== text) env.fault('QUEUE_URL and SQS_QUEUE_URL differ; set one of them.');
  const queue = readQueueUrl(text);
  if (queue === undefined) env.fault(`${name} is not a queue URL like https://sqs.REGION.amazonaws.com/ACCOUNT/NAME.`);
  if (queue?.name.endsWith('.fifo') === true) env.fault(`${name} is a FIFO queue; the bridge needs a standard one.`);
  return queue;
}

function readRegion(env: EnvironmentReader, queue: QueueUrl | undefined): string {
  const name = env.optional('REGION_NAME') === undefined ? 'AWS_REGION' : 'REGION_NAME';
  const region = env.optional(name);
  if (region !== undefined && queue?.region !== undefined && region !== queue.region) {
    env.fault(`${name} is ${JSON.stringify(region)}, but the queue is in ${queue.region}; name the queue's region.`);
  }
  const found = region ?? queue?.region ?? (queue?.isLocal === true ? LOCAL_REGION : undefined);
  if (found === undefined && queue !== undefined) {
    env.fault('REGION_NAME is missing: the AWS region of the queue, which its URL does not tell.');
  }
  if (found !== undefined && !/^[a-z0-9-]+$/.test(found)) {
    env.fault(`${name} is ${JSON.stringify(found)}; it must be a region such as us-west-2.`);
  }
  return found ?? '';
}
