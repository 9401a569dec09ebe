// What the policies and settings of deploy/policies say, where a machine can tell.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ledgerTable } from '../../aws-worker/ledger/dynamodb-table.ts';

const FOLDER = new URL('../../deploy/policies/', import.meta.url).pathname;
const LEDGER = new URL('../../aws-worker/ledger/', import.meta.url);

const VALUES = { LEDGER_TABLE: 'my-ledger', AWS_REGION: 'eu-west-1', AWS_ACCOUNT_ID: '111122223333' };

function fill(file: string, environment: Readonly<Record<string, string>> = VALUES): unknown {
  return JSON.parse(
    execFileSync(`${FOLDER}fill.sh`, [file], {
      env: { PATH: process.env.PATH, ...environment },
      encoding: 'utf8',
      stdio: 'pipe',
    }),
  );
}

/** Every request that the adapter makes, as IAM names it; a transaction needs what its writes need. */
function actionsOfLedger(): readonly string[] {
  const source = ['dynamodb-requests.ts', 'dynamodb-open.ts'].map(name => readFileSync(new URL(name, LEDGER), 'utf8'));
  const commands = new Set(Array.from(source.join().matchAll(/new (\w+)Command\(/g), ([, name = '']) => name));
  commands.delete('TransactWriteItems');
  return [...commands].map(name => `dynamodb:${name}`).sort();
}

it("aws-ledger-table.json makes the ledger's table, protected", () => {
  expect(fill('aws-ledger-table.json')).toEqual(ledgerTable('my-ledger', { isProtected: true }));
});

it('aws-worker-ledger.json allows what the ledger asks of its table, and nothing else', () => {
  expect(fill('aws-worker-ledger.json')).toMatchObject({
    Statement: [
      {
        Effect: 'Allow',
        Action: expect.toSatisfy((actions: string[]) => actions.toSorted().join() === actionsOfLedger().join()),
        Resource: 'arn:aws:dynamodb:eu-west-1:111122223333:table/my-ledger',
      },
    ],
  });
});

it('no file names a partition: each is good in China, too', () => {
  const files = readdirSync(FOLDER).filter(name => name.endsWith('.json'));
  expect(files.length).toBeGreaterThan(15);
  expect(files.filter(name => readFileSync(`${FOLDER}${name}`, 'utf8').includes('arn:aws'))).toEqual([]);
});

it('a file whose values are not there is not filled', () => {
  expect(() => fill('aws-ledger-table.json', {})).toThrow('aws-ledger-table.json needs LEDGER_TABLE');
});
