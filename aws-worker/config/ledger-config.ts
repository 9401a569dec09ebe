// Where the ledger is.

import type { EnvironmentReader } from '../../shared/environment.ts';

export type LedgerConfig =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'dynamodb';
      readonly table: string;
      readonly region: string;
      readonly endpoint: string | undefined;
    };

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

export function readLedgerConfig(read: EnvironmentReader): LedgerConfig {
  const url = read.text('LEDGER_URL', 'sqlite:data/ledger.db');
  const endpoint = read.url('AWS_ENDPOINT_URL_DYNAMODB')?.href;
  const [, kind, place = ''] = /^(sqlite|dynamodb):(.+)$/.exec(url) ?? [];
  if (kind === undefined) {
    read.fault(
      `LEDGER_URL is ${JSON.stringify(url)}; it must be sqlite: and a path, such as sqlite:data/ledger.db, or dynamodb: and the name of a table.`,
    );
  }
  if (kind !== 'dynamodb') return { kind: 'sqlite', path: place };
  if (!TABLE_NAME.test(place)) {
    read.fault(
      `LEDGER_URL names the table ${JSON.stringify(place)}; a table's name has 3 to 255 letters, digits, _, . and -, without its ARN or region.`,
    );
  }
  return { kind: 'dynamodb', table: place, region: read.text('AWS_REGION', ''), endpoint };
}
