// s.yaml as Serverless Devs renders it, offline, with nothing but the environment given here.

import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../aliyun-fc/config.ts';
import { FORWARDED_EVENTS } from '../../aliyun-fc/forwarded-events.ts';
import { S_YAML_SCHEMA } from '../fixtures/s-yaml-schema.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SERVERLESS_DEVS = join(ROOT, 'node_modules/@serverless-devs/s/bin/s');
const REQUIRED = {
  ALIYUN_ACCOUNT_ID: '1000000000000001',
  OSS_REGION: 'cn-hangzhou',
  OSS_BUCKET: 'example-bucket',
  ACCESS_KEY: 'AKIAEXAMPLE',
  SECRET_KEY: 'not/a+real=secret: "#',
  QUEUE_URL: 'https://sqs.us-west-2.amazonaws.com/111122223333/live',
  REGION_NAME: 'us-west-2',
};
const OPTIONAL = {
  OSS_PREFIX: '2026',
  OSS_SUFFIX: '照片.jpg',
  FUNCTION_NAME: 'my-bridge',
  FUNCTION_ROLE: 'my-role',
  TRIGGER_ROLE: 'my-trigger',
  FAILURE_QUEUE: 'my-failures',
  FAILURE_DESTINATION: 'acs:fc:cn-hangzhou:1000000000000001:functions/my-failures',
  LOG_PROJECT: 'my-project',
  LOG_STORE: 'my-store',
  FOLLOW_SYMLINKS: 'true',
  LOG_LEVEL: 'debug',
};
/** Not ours: the tool's names for the deployer's credentials. */
const READ_BY_THE_TOOL = ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'];

const source = readFileSync(join(ROOT, 's.yaml'), 'utf8');
const validate = new Ajv({ strict: true, allErrors: true }).compile(S_YAML_SCHEMA);

// A folder of its own: the tool reads a `.env` beside the template, and keeps its logs below HOME.
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 's-yaml-'));
  copyFileSync(join(ROOT, 's.yaml'), join(folder, 's.yaml'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function render(environment: Record<string, string>): Promise<Template> {
  const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, ...environment }, timeout: 20_000 };
  const command = [SERVERLESS_DEVS, 'preview', '-t', 's.yaml', '-o', 'json'];
  const { stdout } = await promisify(execFile)(process.execPath, command, options);
  // As root, the tool prints a warning before the JSON.
  return JSON.parse(stdout.slice(stdout.indexOf('{')));
}

interface Template {
  vars: Record<string, unknown>;
  resources: { forwarder: { props: Props } };
}

interface Props {
  [name: string]: unknown;
  environmentVariables: Record<string, string>;
  logConfig: unknown;
  asyncInvokeConfig: unknown;
  triggers: { invocationRole: string; triggerConfig: { events: string[]; filter: unknown } }[];
}

describe('s.yaml', () => {
  let template: Template;
  beforeAll(async () => {
    template = await render(REQUIRED);
  });

  it('is what the component takes, and no more', () => {
    validate(template);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('subscribes to exactly the events that the handler forwards', () => {
    const events = template.resources.forwarder.props.triggers.flatMap(trigger => trigger.triggerConfig.events);
    expect(events.toSorted()).toEqual(FORWARDED_EVENTS.map(event => `oss:${event}`).toSorted());
  });

  it('gives the function an environment that it accepts', () => {
    expect(readConfig(template.resources.forwarder.props.environmentVariables)).toEqual({
      queueUrl: REQUIRED.QUEUE_URL,
      region: 'us-west-2',
      endpoint: 'https://sqs.us-west-2.amazonaws.com',
      credentials: { accessKeyId: REQUIRED.ACCESS_KEY, secretAccessKey: REQUIRED.SECRET_KEY },
      followSymlinks: false,
      logLevel: 'info',
    });
  });

  it('follows every optional setting', async () => {
    const rendered = await render({ ...REQUIRED, ...OPTIONAL });
    validate(rendered);
    expect(validate.errors ?? []).toEqual([]);
    const { props } = rendered.resources.forwarder;
    expect(props).toMatchObject({
      functionName: 'my-bridge',
      role: 'acs:ram::1000000000000001:role/my-role',
      environmentVariables: { FOLLOW_SYMLINKS: 'true', LOG_LEVEL: 'debug' },
      logConfig: { project: 'my-project', logstore: 'my-store' },
      asyncInvokeConfig: { destinationConfig: { onFailure: { destination: OPTIONAL.FAILURE_DESTINATION } } },
      triggers: [
        {
          invocationRole: 'acs:ram::1000000000000001:role/my-trigger',
          triggerConfig: { filter: { key: { prefix: '2026', suffix: '照片.jpg' } } },
        },
      ],
    });
  });

  it('sends what failed for good to a queue of its own, unless told another destination', async () => {
    const destinationOf = async (own: Record<string, string>) =>
      (await render({ ...REQUIRED, ...own })).resources.forwarder.props.asyncInvokeConfig;
    const toQueue = (name: string) => ({
      destinationConfig: {
        onFailure: { destination: `acs:mns:cn-hangzhou:1000000000000001:/queues/${name}/messages` },
      },
    });
    expect(await destinationOf({})).toMatchObject(toQueue('oss-s3-bridge-failures'));
    expect(await destinationOf({ FAILURE_QUEUE: 'mine' })).toMatchObject(toQueue('mine'));
  });

  it.each([
    ['auto', { LOG_PROJECT: 'auto' }, 'auto'],
    ['left empty', { LOG_PROJECT: '' }, 'auto'],
    ['off', { LOG_PROJECT: 'off', LOG_STORE: 'unused' }, expect.objectContaining({ project: '', logstore: '' })],
    ['own', { LOG_PROJECT: 'p' }, expect.objectContaining({ project: 'p', logstore: 'oss-s3-bridge' })],
  ])('logs where LOG_PROJECT says: %s', async (_what, own, logConfig) => {
    const rendered = await render({ ...REQUIRED, ...own });
    expect(rendered.resources.forwarder.props.logConfig).toEqual(logConfig);
    validate(rendered);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('invokes the function as a role that may invoke nothing else', () => {
    const [trigger] = template.resources.forwarder.props.triggers;
    expect(trigger?.invocationRole).toBe('acs:ram::1000000000000001:role/oss-s3-bridge-trigger');
  });

  it('names the variable that is missing', async () => {
    const { QUEUE_URL: _, ...rest } = REQUIRED;
    await expect(render(rest)).rejects.toMatchObject({ stdout: expect.stringContaining("env('QUEUE_URL') not found") });
  });

  it('requires what has no default, and only that', () => {
    expect(namesRead(/env\('(\w+)'\)/g)).toEqual(Object.keys(REQUIRED).toSorted());
    expect(namesRead(/env\('(\w+)',/g)).toEqual(Object.keys(OPTIONAL).toSorted());
  });

  it('has all its variables listed in .env.function.example and in its own head', () => {
    const example = readFileSync(join(ROOT, '.env.function.example'), 'utf8');
    const listed = [...example.matchAll(/^#?([A-Z0-9_]+)=/gm)].map(match => match[1]);
    expect(listed.toSorted()).toEqual([...namesRead(/env\('(\w+)'/g), ...READ_BY_THE_TOOL].toSorted());
    const head = source.slice(0, source.indexOf('edition:'));
    for (const name of namesRead(/env\('(\w+)'/g)) expect(head).toContain(name);
  });
});

describe('the schema of s.yaml', () => {
  let template: Template;
  beforeAll(async () => {
    template = await render(REQUIRED);
  });

  it.each<[what: string, spoil: (props: Props) => void, at: string]>([
    [
      'an event of every kind',
      props => firstTrigger(props).triggerConfig.events.push('oss:ObjectCreated:*'),
      '/events/6',
    ],
    [
      'a trigger without a filter',
      props => Reflect.deleteProperty(firstTrigger(props).triggerConfig, 'filter'),
      '/triggerConfig',
    ],
    ['another runtime', props => Object.assign(props, { runtime: 'nodejs99' }), '/runtime'],
    ['memory that is no multiple of 64', props => Object.assign(props, { memorySize: 200 }), '/memorySize'],
    ['a role that is no ARN', props => Object.assign(props, { role: 'bridge' }), '/role'],
    ['a region of the OSS kind', props => Object.assign(props, { region: 'oss-cn-hangzhou' }), '/region'],
    ['an unknown property', props => Object.assign(props, { memorysize: 256 }), '/props'],
    ['an environment value that is no text', props => Object.assign(props.environmentVariables, { X: 1 }), '/X'],
    [
      'no failure destination',
      props => Reflect.deleteProperty(Object(props.asyncInvokeConfig), 'destinationConfig'),
      '/asyncInvokeConfig',
    ],
  ])('refuses %s', (_what, spoil, at) => {
    const spoilt = structuredClone(template);
    spoil(spoilt.resources.forwarder.props);
    expect(validate(spoilt)).toBe(false);
    expect(validate.errors?.map(error => error.instancePath).join()).toContain(at);
  });
});

function firstTrigger(props: Props): Props['triggers'][number] {
  const [trigger] = props.triggers;
  if (trigger === undefined) throw new Error('The template has no trigger.');
  return trigger;
}

function namesRead(pattern: RegExp): string[] {
  return [...new Set([...source.matchAll(pattern)].map(match => match[1] ?? ''))].toSorted();
}
