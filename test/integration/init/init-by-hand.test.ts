// The commands of deploy/policies/README.md and init are the same thing: what one has made, the other finds whole. And whoever runs init needs no more
// than the policy that is written for that.

import { readFileSync } from 'node:fs';
import { PutBucketLifecycleConfigurationCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fillTemplate, type Json } from '../../../cli/init/fill-template.ts';
import { readInitSettings } from '../../../cli/init/init-settings.ts';
import { templateValues } from '../../../cli/init/template-values.ts';
import { allowing, type Policy } from '../../fixtures/permissions/allows.ts';
import { ACCOUNT_ID, BUCKET, type InitCloud, REGION, startInitCloud, TABLE } from './init-cloud.ts';

const FOLDER = new URL('../../../deploy/policies/', import.meta.url);
const WITH_TABLE = { LEDGER_URL: `dynamodb:${TABLE}` };

let cloud: InitCloud;
beforeEach(async () => {
  cloud = await startInitCloud();
});
afterEach(() => cloud.close());

/** As fill.sh fills it: fill-sh.test.ts compares the two. */
function filled(file: string, QUEUE_NAME = ''): Json {
  const settings = readInitSettings({ ...cloud.environment, ...WITH_TABLE }, {});
  const values = { ...templateValues(settings, { accountId: ACCOUNT_ID, arn: '' }), QUEUE_NAME };
  return fillTemplate(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')), values);
}

describe('what was made by hand', () => {
  it('leaves nothing to do for init', async () => {
    const create = (QueueName: string, file: string) =>
      cloud.sqs.send(new CreateQueueCommand({ QueueName, Attributes: filled(file) as Record<string, string> }));
    const urls = [
      await create('oss-s3-bridge-dead-letters', 'aws-dead-letter-queue-attributes.json'),
      await create('oss-s3-bridge', 'aws-queue-attributes.json'),
      await create('oss-s3-bridge-backfill', 'aws-queue-attributes.json'),
    ];
    for (const { QueueUrl = '' } of urls) {
      const Policy = JSON.stringify(filled('aws-queue-policy.json', QueueUrl.split('/').at(-1)));
      await cloud.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    }
    const LifecycleConfiguration = filled('aws-bucket-lifecycle.json') as { Rules: [] };
    await cloud.s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: BUCKET, LifecycleConfiguration }));
    const report = await cloud.run();
    expect(report.resources.map(({ state, differences }) => [state, differences])).toEqual(
      Array.from({ length: 4 }, () => ['exists', []]),
    );
  });
});

describe('the policy of whoever runs init', () => {
  const resourceOf = (service: string, queue: string): string => {
    if (service === 's3') return `arn:aws:s3:::${BUCKET}`;
    if (service === 'dynamodb') return `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${TABLE}`;
    return `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${queue}`;
  };

  it('allows each request of a run that makes everything and changes something, and nothing else', async () => {
    const needs = new Map<string, { readonly action: string; readonly resource: string }>();
    cloud.decide = (call, _count, { body }) => {
      const [service = '', operation = ''] = call.split(' ');
      const action = `${service}:${operation.replace('BucketLifecycle', 'Lifecycle')}`;
      const queue = /oss-s3-bridge[a-z-]*(?=")/.exec(body)?.[0] ?? '';
      // It needs no permission.
      if (service !== 'sts') needs.set(`${action} ${queue}`, { action, resource: resourceOf(service, queue) });
      return undefined;
    };
    await cloud.sqs.send(new CreateQueueCommand({ QueueName: 'oss-s3-bridge' }));
    await cloud.run({ environment: WITH_TABLE, update: true });
    const table = cloud.tables.get(TABLE);
    expect(table).toBeDefined();
    Object.assign(table ?? {}, { input: { ...table?.input, DeletionProtectionEnabled: false } });
    await cloud.run({ environment: WITH_TABLE, update: true });
    const Statement = ['aws-init.json', 'aws-init-dynamodb.json'].flatMap(
      file => (filled(file) as unknown as Policy).Statement,
    );
    const all = [...needs.values()];
    expect(all.filter(need => allowing({ Statement }, need).length === 0)).toEqual([]);
    const actions = Statement.flatMap(({ Action }) => Action);
    expect(actions.filter(action => !all.some(need => need.action === action))).toEqual([]);
  });
});
