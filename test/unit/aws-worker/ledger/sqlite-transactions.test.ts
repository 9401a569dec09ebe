import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createTransactions } from '../../../../aws-worker/ledger/sqlite-transactions.ts';
import { temporaryFolder } from './temporary-folder.ts';

function open(options: { readonly maxWaitMilliseconds?: number } = {}) {
  const path = join(temporaryFolder(), 'test.db');
  const database = new DatabaseSync(path, { readBigInts: true });
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE numbers (value INTEGER PRIMARY KEY) STRICT');
  const transactions = createTransactions({ database, path, maxWaitMilliseconds: 1000, ...options });
  onTestFinished(() => transactions.close());
  const other = new DatabaseSync(path);
  onTestFinished(() => other.close());
  return { transactions, database, other };
}

const count = (database: DatabaseSync) => database.prepare('SELECT count(*) AS total FROM numbers').get()?.total;
const put = (value: number) => (sql: { run(text: string, ...values: number[]): number }) =>
  sql.run('INSERT INTO numbers (value) VALUES (?)', value);

test('shows a write to other connections once it resolves', async () => {
  const { transactions, other } = open();
  const written = transactions.write(put(1));
  expect(count(other)).toBe(0);
  await written;
  expect(count(other)).toBe(1);
});

test('undoes a write that throws, alone among those of the same turn', async () => {
  const { transactions, other } = open();
  const results = await Promise.allSettled([
    transactions.write(put(1)),
    transactions.write(sql => {
      put(2)(sql);
      throw new Error('Changed my mind.');
    }),
    transactions.write(put(1)),
    transactions.write(put(3)),
  ]);
  expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { message: 'Changed my mind.' } });
  expect(other.prepare('SELECT value FROM numbers ORDER BY value').all()).toMatchObject([{ value: 1 }, { value: 3 }]);
});

test('rejects every write of a commit that fails, and keeps none', async () => {
  const { transactions, other } = open();
  // A deferred foreign key is checked by the commit itself.
  await transactions.write(sql =>
    sql.run('CREATE TABLE children (value INTEGER REFERENCES numbers (value) DEFERRABLE INITIALLY DEFERRED)'),
  );
  const orphan = transactions.write(sql => sql.run('INSERT INTO children (value) VALUES (99)'));
  const results = await Promise.allSettled([transactions.write(put(1)), orphan, transactions.write(put(2))]);
  expect(results.map(result => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(count(other)).toBe(0);
  await transactions.write(put(4));
  expect(count(other)).toBe(1);
});

test('writes more at once than one commit takes, in their order', async () => {
  const { transactions } = open();
  const order: number[] = [];
  const values = Array.from({ length: 200 }, (_, index) => index);
  await Promise.all(values.map(value => transactions.write(put(value)).then(() => order.push(value))));
  expect(order).toEqual(values);
});

test('starts again after every writer went home', async () => {
  const { transactions, other } = open();
  for (let value = 0; value < 5; value++) {
    await transactions.write(put(value));
    // The turn in which the drain looks for the last time.
    await Promise.resolve();
  }
  expect(count(other)).toBe(5);
});

test('waits for the lock of another connection without blocking', async () => {
  const { transactions, other } = open();
  other.exec('BEGIN IMMEDIATE');
  let isWritten = false;
  const written = transactions.write(put(1)).then(() => {
    isWritten = true;
  });
  await new Promise(resolve => setTimeout(resolve, 30));
  expect(isWritten).toBe(false);
  other.exec('COMMIT');
  await written;
  expect(count(other)).toBe(1);
});

test('gives up on a lock that is held too long: retryable ledger-busy', async () => {
  const { transactions, other } = open({ maxWaitMilliseconds: 30 });
  other.exec('BEGIN IMMEDIATE');
  const writes = [transactions.write(put(1)), transactions.write(put(2))];
  const results = await Promise.allSettled(writes);
  for (const result of results) {
    expect(result).toMatchObject({ status: 'rejected', reason: { kind: 'retryable', code: 'ledger-busy' } });
  }
  other.exec('COMMIT');
  await transactions.write(put(3));
  expect(count(other)).toBe(1);
});

test('reads one snapshot while others write', async () => {
  const { transactions, other } = open();
  const total = (sql: { first(text: string): Record<string, unknown> | undefined }) =>
    sql.first('SELECT count(*) AS total FROM numbers')?.total;
  const [before, after] = await transactions.read(sql => {
    const first = total(sql);
    other.exec('INSERT INTO numbers VALUES (1)');
    return [first, total(sql)];
  });
  expect(after).toBe(before);
  expect(await transactions.read(total)).toBe(1n);
});

test('finishes the writes that were asked for before it closes', async () => {
  const { transactions, other } = open();
  const written = transactions.write(put(1));
  await transactions.close();
  await written;
  expect(count(other)).toBe(1);
  await expect(transactions.write(put(2))).rejects.toMatchObject({ code: 'ledger-unavailable' });
});

test('lets no read come between the lock and the work of a write', async () => {
  const { transactions, database } = open();
  let read: Promise<unknown> | undefined;
  const prepare = database.prepare.bind(database);
  vi.spyOn(database, 'prepare').mockImplementation(text => {
    // As soon as anything waits once the lock is taken, this read runs.
    if (text === 'BEGIN IMMEDIATE') {
      queueMicrotask(() => {
        read = transactions.read(sql => sql.first('SELECT count(*) AS total FROM numbers')?.total);
      });
    }
    return prepare(text);
  });
  await transactions.write(put(1));
  await expect(read).resolves.toBe(1n);
});
