// `bridge init`: makes on AWS what a bridge stands on, and says what it made. Connects the clouds, runs the plan, and writes the report; what is
// printed, and where, is the command's.

import { assumeRole, type RoleToAssume } from '../../aws-worker/credentials/sts-role.ts';
import type { Environment } from '../../shared/environment.ts';
import { type AwsConnection, type AwsCredentials, clientConfig, readEndpoints } from './aws-connection.ts';
import { connectDynamodb } from './dynamodb-calls.ts';
import type { LedgerTable } from './dynamodb-table-rule.ts';
import { type EnvironmentLines, environmentLines, queueWarnings } from './environment-lines.ts';
import { fillTemplate, type TemplateValues } from './fill-template.ts';
import type { InitSettings } from './init-settings.ts';
import { buildPolicies, type Policies } from './policies.ts';
import { LIFECYCLE_RULES } from './policy-templates.ts';
import { defineQueues, queueNames } from './queue-definitions.ts';
import { createQueueResource } from './queue-resource.ts';
import type { Resource } from './resource.ts';
import { type ResourceReport, runInit } from './run-init.ts';
import { createLifecycleResource } from './s3-lifecycle-resource.ts';
import type { WantedRule } from './s3-lifecycle-rule.ts';
import { PATIENCE, type Patience } from './settle.ts';
import { connectSqs } from './sqs-queue-calls.ts';
import { findIdentity } from './sts-identity.ts';
import { createTableResources } from './table-resources.ts';
import { type Identity, templateValues } from './template-values.ts';

export interface InitRun {
  readonly settings: InitSettings;
  /** For endpoints that are not AWS's own. */
  readonly environment: Environment;
  readonly apply: boolean;
  readonly update: boolean;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  /** Left out: the SDK's own chain. */
  readonly credentials?: AwsCredentials;
  readonly patience?: Patience;
  readonly maxAttempts?: number;
}

/** What `--json` prints. */
export interface InitReport {
  readonly identity: Identity & { readonly region: string; readonly partition: string };
  readonly resources: readonly ResourceReport[];
  readonly warnings: readonly string[];
  readonly policies: Policies;
  /** Undefined while the queues are not all there: SQS alone knows their URLs. */
  readonly environment: EnvironmentLines | undefined;
}

/** @throws BridgeError; what was made by then stays, and running it again goes on from there */
export async function init(run: InitRun): Promise<InitReport> {
  const { settings, signal } = run;
  const connection = connectionOf(run);
  const identity = await findIdentity(connection, signal);
  const values = templateValues(settings, identity);
  const clouds = connectClouds({ run, connection, values });
  try {
    const resources = await runInit({ ...run, resources: clouds.resources });
    const urls = clouds.urls();
    return {
      identity: { ...identity, region: settings.region, partition: settings.partition.name },
      resources,
      warnings: urls === undefined ? [] : queueWarnings(settings, urls),
      policies: buildPolicies(settings, values),
      environment: urls === undefined ? undefined : environmentLines(settings, urls),
    };
  } finally {
    clouds.close();
  }
}

function connectionOf({ settings, environment, credentials, maxAttempts }: InitRun): AwsConnection {
  return {
    region: settings.region,
    endpoints: readEndpoints(environment),
    ...(credentials === undefined ? {} : { credentials }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  };
}

interface Clouds {
  /** In the order in which they are made. */
  readonly resources: readonly Resource[];
  /** Of all three queues, once all are there. */
  urls(): { readonly live: string; readonly backfill: string; readonly deadLetters: string } | undefined;
  close(): void;
}

function connectClouds(options: {
  readonly run: InitRun;
  readonly connection: AwsConnection;
  readonly values: TemplateValues;
}): Clouds {
  const { run, connection, values } = options;
  const { settings, patience = PATIENCE } = run;
  const calls = connectSqs(connection);
  const queues = defineQueues(settings, values).map(definition => createQueueResource({ calls, definition, patience }));
  const { bucket } = settings;
  const s3 = bucket.role === undefined ? connection : asRole(connection, bucket.role, run.signal);
  const rules = wantedRules(values).map(rule => createLifecycleResource({ connection: s3, bucket, rule, patience }));
  const ledger = connectLedger({ connection, definition: settings.ledgerTable, patience });
  const names = queueNames(settings.name);
  const urlOf = (wanted: string) => queues.find(({ name }) => name === wanted)?.url;
  return {
    resources: [...queues, ...ledger.resources, ...rules],
    urls() {
      const [live, backfill, deadLetters] = [urlOf(names.live), urlOf(names.backfill), urlOf(names.deadLetters)];
      const isMissing = live === undefined || backfill === undefined || deadLetters === undefined;
      return isMissing ? undefined : { live, backfill, deadLetters };
    },
    close() {
      for (const connected of [calls, ...rules, ledger]) connected.close();
    },
  };
}

/** As the worker asks S3. */
function asRole(connection: AwsConnection, role: RoleToAssume, signal: AbortSignal): AwsConnection {
  return { ...connection, credentials: () => assumeRole(role, signal, clientConfig(connection, 'STS')) };
}

function connectLedger(options: {
  readonly connection: AwsConnection;
  readonly definition: LedgerTable | undefined;
  readonly patience: Patience;
}): { readonly resources: readonly Resource[]; close(): void } {
  const { connection, definition, patience } = options;
  if (definition === undefined) return { resources: [], close: () => undefined };
  const calls = connectDynamodb(connection);
  return { resources: createTableResources({ calls, definition, patience }), close: calls.close };
}

function wantedRules(values: TemplateValues): readonly WantedRule[] {
  return LIFECYCLE_RULES.map(({ ID, Filter, AbortIncompleteMultipartUpload }) => ({
    id: String(fillTemplate(ID, values)),
    prefix: String(fillTemplate(Filter.Prefix, values)),
    days: AbortIncompleteMultipartUpload.DaysAfterInitiation,
  }));
}
