// docker-compose.yml: what it sets by itself comes before what the user's .env says, and nobody is told.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Compose {
  readonly services: Readonly<Record<string, { readonly environment?: Readonly<Record<string, string>> }>>;
}

const compose = parse(readFileSync(new URL('../../../docker-compose.yml', import.meta.url), 'utf8')) as Compose;

test('the worker has every setting of its .env but where it listens: a ledger in DynamoDB, too', () => {
  expect(compose.services.worker?.environment).toEqual({ HOST: '0.0.0.0', PORT: '8080' });
});
