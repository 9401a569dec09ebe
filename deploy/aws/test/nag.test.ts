// cdk-nag's AWS Solutions rules: what they find is what acknowledgements.ts gives a reason for, and nothing else.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../shared/environment.ts';
import { acknowledgeFindings, acknowledgements } from '../acknowledgements.ts';
import { buildStack } from '../stack.ts';
import { ACCOUNT, parametersOf, withApp } from './synthesize.ts';

const EVERYTHING = {
  WORKER_IMAGE: '',
  ALARM_TOPIC_ARN: `arn:aws:sns:us-west-2:${ACCOUNT}:operators`,
  S3_PREFIX: 'copy/',
  S3_ENCRYPTION: 'aws:kms',
  S3_KMS_KEY_ID: `arn:aws:kms:us-west-2:${ACCOUNT}:key/5f7a`,
  COPY_TAGS: 'true',
};
const ROLE = 'arn:aws:iam::444455556666:role/bridge-writer';
const EXISTING = { VPC_ID: 'vpc-0123456789abcdef0', SUBNET_IDS: 'subnet-0123456789abcdef0' };

/** `Resource: rule` of each finding that is not acknowledged, and of each acknowledgement. */
function check(changes: Environment, options: { readonly acknowledge: boolean; readonly addPlainQueue?: boolean }) {
  return withApp(app => {
    const parameters = parametersOf(changes);
    const stack = buildStack(app, parameters);
    if (options.acknowledge) acknowledgeFindings(stack, parameters);
    if (options.addPlainQueue) new Queue(stack, 'PlainQueue');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    let failure: unknown;
    try {
      app.synth();
    } catch (error) {
      failure = error;
    }
    const reasons = acknowledgements(stack, parameters).flatMap(({ resources, id }) =>
      resources.map(name => `${name}: ${id}`),
    );
    return { failure, findings: readFindings(join(app.outdir, 'validation-report.json')), reasons };
  });
}

function readFindings(file: string): readonly string[] {
  const { pluginReports } = JSON.parse(readFileSync(file, 'utf8')) as { pluginReports: readonly PluginReport[] };
  return pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${constructPath.split('/')[1]}: ${ruleName}`),
    ),
  );
}

interface PluginReport {
  readonly violations: readonly {
    readonly ruleName: string;
    readonly violatingConstructs: readonly { readonly constructPath: string }[];
  }[];
}

describe('cdk-nag', () => {
  it.each([
    EVERYTHING,
    { ...EXISTING, WORKER_IMAGE: '' },
    { S3_ROLE_ARN: ROLE, OSS_SECRET_ID: 'ssm:/bridge/oss', WORKER_IMAGE: '' },
  ])('finds what is acknowledged with a reason, and nothing else (%#)', changes => {
    expect(check(changes, { acknowledge: true }).failure).toBeUndefined();
    const { findings, reasons } = check(changes, { acknowledge: false });
    expect([...findings].sort()).toEqual([...reasons].sort());
  });

  it('would find more if there were more', () => {
    const { failure, findings } = check({}, { acknowledge: true, addPlainQueue: true });
    expect(String(failure)).toContain('ValidationFailed');
    expect(findings).toContain('PlainQueue: AwsSolutions-SQS4');
  });
});
