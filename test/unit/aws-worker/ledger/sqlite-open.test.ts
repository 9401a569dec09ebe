import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import type { Ledger } from '../../../../aws-worker/ledger/ledger.ts';
import { createSqliteLedger, openSqliteLedger } from '../../../../aws-worker/ledger/sqlite-ledger.ts';
import { openSqlite } from '../../../../aws-worker/ledger/sqlite-open.ts';
import { SCHEMA_VERSION } from '../../../../aws-worker/ledger/sqlite-schema.ts';
import { createLog } from '../../../../shared/log.ts';
import { temporaryFolder } from './temporary-folder.ts';

const log = createLog({ level: 'silent' });
const newPath = () => join(temporaryFolder(), 'ledger.db');
const REQUEST = { prefix: '', mode: 'all' } as const;

async function openLedger(path: string): Promise<Ledger> {
  const ledger = await openSqliteLedger({ path, workerId: 'one', log });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** A ledger that has some rows, and its connection's PRAGMA. */
async function openWithPragma(path: string) {
  const transactions = await openSqlite({ path, log });
  onTestFinished(() => transactions.close());
  const ledger = createSqliteLedger({ transactions, workerId: 'one', now: () => new Date(), newId: randomUUID });
  const pragma = (text: string) => transactions.read(sql => sql.first(`PRAGMA ${text}`));
  return { ledger, pragma };
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

const unavailable = (message: RegExp) => ({
  kind: 'permanent',
  code: 'ledger-unavailable',
  message: expect.stringMatching(message),
});

test('makes its folder and file, with a write-ahead log that is flushed at every commit', async () => {
  const { ledger, pragma } = await openWithPragma(join(temporaryFolder(), 'deep', 'er', 'ledger.db'));
  await ledger.probe();
  expect(await pragma('journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(await pragma('synchronous')).toEqual({ synchronous: 2n });
  expect(await pragma('foreign_keys')).toEqual({ foreign_keys: 1n });
  expect(await pragma('user_version')).toEqual({ user_version: BigInt(SCHEMA_VERSION) });
});

test('lives in memory when asked to', async () => {
  const ledger = await openLedger(':memory:');
  await ledger.startBackfill({ request: REQUEST, force: false, idempotencyKey: undefined });
  expect(await ledger.listBackfills({ limit: 9 })).toHaveLength(1);
  expect(await (await openLedger(':memory:')).listBackfills({ limit: 9 })).toEqual([]);
});

test('prints no warning on the Node that runs the worker', () => {
  const open = new URL('../../../../aws-worker/ledger/sqlite-open.ts', import.meta.url);
  const { NODE_NO_WARNINGS: _, NODE_OPTIONS: __, ...env } = process.env;
  const child = spawnSync(process.execPath, [open.pathname], { env, encoding: 'utf8' });
  expect(child).toMatchObject({ status: 0, stderr: '', stdout: '' });
});

test('refuses the file of a newer release and leaves it as it is', async () => {
  const path = newPath();
  await (await openLedger(path)).close();
  change(path, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  await expect(openLedger(path)).rejects.toMatchObject(unavailable(/newer release/));
  change(path, `PRAGMA user_version = ${SCHEMA_VERSION}`);
  await expect(openLedger(path)).resolves.toBeDefined();
});

test("refuses another program's database and leaves it as it is", async () => {
  const path = newPath();
  change(path, 'CREATE TABLE recipes (name TEXT)');
  await expect(openLedger(path)).rejects.toMatchObject(unavailable(/another program/));
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'delete' });
});

test('refuses a file that is no database', async () => {
  const path = newPath();
  writeFileSync(path, 'LEDGER_URL pointed at a text file by mistake. '.repeat(100));
  await expect(openLedger(path)).rejects.toMatchObject(unavailable(/not a SQLite database/));
});

test('refuses a path that is a folder, or that goes through a file', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'ledger.db'));
  await expect(openLedger(join(folder, 'ledger.db'))).rejects.toMatchObject(unavailable(/must name a file/));
  writeFileSync(join(folder, 'file'), '');
  await expect(openLedger(join(folder, 'file', 'ledger.db'))).rejects.toMatchObject(unavailable(/cannot be made/));
});

test('finds a damaged file unavailable', async () => {
  const path = newPath();
  const ledger = await openLedger(path);
  for (let index = 0; index < 50; index++) {
    await ledger.recordLiveFailure({
      key: `${index}`.padStart(500, 'x'),
      sizeBytes: 1,
      code: 'c',
      reason: 'r',
      at: new Date(),
    });
  }
  await ledger.close();
  truncateSync(path, 3 * 4096);
  const useIt = async () => (await openLedger(path)).listFailures({ backfill: undefined, after: '', limit: 99 });
  await expect(useIt()).rejects.toMatchObject(unavailable(/damaged/));
});

test('finds a full disk unavailable, keeps what was recorded, and goes on when there is room', async () => {
  const { ledger, pragma } = await openWithPragma(newPath());
  const fail = (index: number) =>
    ledger.recordLiveFailure({
      key: `key-${index}`,
      sizeBytes: 1,
      code: 'c',
      reason: 'r'.repeat(2000),
      at: new Date(),
    });
  await fail(0);
  const pages = Number((await pragma('page_count'))?.page_count);
  await pragma(`max_page_count = ${pages}`);
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => fail(index + 1)));
  const kept = results.filter(result => result.status === 'fulfilled').length;
  expect(kept).toBeLessThan(20);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject(unavailable(/no disk space/));
  }
  await pragma(`max_page_count = ${pages + 1000}`);
  expect(await ledger.listFailures({ backfill: undefined, after: '', limit: 99 })).toHaveLength(kept + 1);
  await fail(99);
});

test('finds a read-only ledger unavailable to write and still reads it', async () => {
  const { ledger, pragma } = await openWithPragma(newPath());
  const { backfill } = await ledger.startBackfill({ request: REQUEST, force: false, idempotencyKey: undefined });
  await pragma('query_only = ON');
  await expect(ledger.probe()).rejects.toMatchObject(unavailable(/read-only/));
  await expect(ledger.selfTest()).rejects.toMatchObject(unavailable(/read-only/));
  expect(await ledger.findBackfill(backfill.id)).toEqual(backfill);
});

test('leaves no row of a self-test', async () => {
  const transactions = await openSqlite({ path: newPath(), log });
  onTestFinished(() => transactions.close());
  const ledger = createSqliteLedger({ transactions, workerId: 'one', now: () => new Date(), newId: randomUUID });
  await ledger.selfTest();
  expect(await transactions.read(sql => sql.all('SELECT * FROM probe'))).toEqual([]);
});

test('tells the log about a schema that it made, once', async () => {
  const path = newPath();
  const lines: string[] = [];
  const loud = createLog({ level: 'info', write: line => lines.push(line) });
  for (let index = 0; index < 2; index++) {
    await (await openSqliteLedger({ path, workerId: 'one', log: loud })).close();
  }
  expect(lines).toHaveLength(1);
});
