// What was made, as lines for .env and .env.function. Never a secret: those are made, and stay, where their users are; `OSS_SECRET_ID` names one.

import type { InitSettings } from './init-settings.ts';

export type Lines = Readonly<Record<string, string>>;

export interface EnvironmentLines {
  /** `.env`, of the worker. */
  readonly worker: Lines;
  /** `.env.function`, of the deployment to Alibaba Cloud. */
  readonly function: Lines;
}

export interface QueueUrls {
  readonly live: string;
  readonly backfill: string;
}

export function environmentLines(settings: InitSettings, urls: QueueUrls): EnvironmentLines {
  const { region, bucket, source, ledgerTable, keptLines } = settings;
  return {
    worker: given({
      AWS_REGION: region,
      S3_REGION: bucket.region === region ? undefined : bucket.region,
      S3_BUCKET: bucket.name,
      S3_PREFIX: bucket.prefix,
      ...keptLines,
      SQS_QUEUE_URL: urls.live,
      SQS_BACKFILL_QUEUE_URL: urls.backfill,
      LEDGER_URL: ledgerTable === undefined ? undefined : `dynamodb:${ledgerTable.table.TableName}`,
    }),
    function: given({
      ALIYUN_ACCOUNT_ID: source.accountId,
      OSS_REGION: source.region,
      OSS_BUCKET: source.bucket,
      OSS_PREFIX: source.prefix,
      QUEUE_URL: urls.live,
      REGION_NAME: region,
    }),
  };
}

/** A .env in which they name other queues moves nothing: the function sends to one, and the worker receives from another. */
export function queueWarnings(
  settings: InitSettings,
  urls: QueueUrls & { readonly deadLetters: string },
): readonly string[] {
  const made = new Map([
    ['SQS_QUEUE_URL', urls.live],
    ['SQS_BACKFILL_QUEUE_URL', urls.backfill],
    ['SQS_DEAD_LETTER_QUEUE_URL', urls.deadLetters],
  ]);
  return settings.configuredQueues
    .filter(({ variable, url }) => nameOf(made.get(variable) ?? '') !== nameOf(url))
    .map(({ variable, url }) => `${variable} is ${url}, another queue than ${made.get(variable)}.`);
}

/** Account and name: hosts of the same queue may differ. */
function nameOf(url: string): string {
  return url.split('/').slice(-2).join('/');
}

function given(lines: Readonly<Record<string, string | undefined>>): Lines {
  const entries = Object.entries(lines).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}
