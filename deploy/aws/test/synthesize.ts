// Stacks as `npx cdk synth` makes them, without an account and without a network.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Environment } from '../../../shared/environment.ts';
import { readParameters } from '../parameters.ts';
import { buildStack } from '../stack.ts';
import { type Resources, resolveTemplate } from './resolve-template.ts';

export const ACCOUNT = '111122223333';
export const REQUIRED = {
  OSS_REGION: 'cn-hangzhou',
  OSS_BUCKET: 'my-source',
  OSS_SECRET_ID: 'oss-s3-bridge/oss',
  AWS_REGION: 'us-west-2',
  S3_BUCKET: 'my-destination',
};
/** Where a test is not about the image: nothing of the repository is copied. */
const IMAGE = 'ghcr.io/example/worker:0.1.0';

const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')) as { context: object };

export function parametersOf(changes: Environment = {}) {
  return readParameters({ ...REQUIRED, WORKER_IMAGE: IMAGE, ...changes });
}

/** Its files go when `use` returns. */
export function withApp<T>(use: (app: App) => T): T {
  const outdir = mkdtempSync(join(tmpdir(), 'oss-s3-bridge-cdk-'));
  try {
    return use(new App({ context: { ...context }, outdir }));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

export interface Synthesized {
  readonly template: Template;
  /** With the references between them replaced by what they will be in the account ACCOUNT. */
  readonly resources: Resources;
  readonly outputs: Readonly<Record<string, unknown>>;
}

const made = new Map<string, Synthesized>();

export function synthesize(changes: Environment = {}): Synthesized {
  const name = JSON.stringify(changes);
  const synthesized = made.get(name) ?? synthesizeAnew(changes);
  made.set(name, synthesized);
  return synthesized;
}

function synthesizeAnew(changes: Environment): Synthesized {
  const parameters = parametersOf(changes);
  const template = withApp(app => Template.fromStack(buildStack(app, parameters)));
  return { template, ...resolveTemplate(template.toJSON(), { account: ACCOUNT, region: parameters.region }) };
}
