import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { migrateSchema, readSchemaVersion, SCHEMA_VERSION } from '../../../../aws-worker/ledger/sqlite-schema.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A connection on whose file another process makes the tables before its `nth` statement. */
class RacedDatabase extends DatabaseSync {
  readonly #race: () => void;
  #statementsLeft: number;

  constructor(path: string, options: { readonly nth: number; readonly race: () => void }) {
    super(path);
    this.#race = options.race;
    this.#statementsLeft = options.nth;
  }

  override prepare(sql: string): StatementSync {
    if (this.#statementsLeft-- === 0) this.#race();
    return super.prepare(sql);
  }
}

test.each([0, 1, 2])('takes its own new ledger for its own when another process makes it meanwhile (%i)', nth => {
  const path = join(temporaryFolder(), 'ledger.db');
  const other = new DatabaseSync(path);
  onTestFinished(() => other.close());
  other.exec('PRAGMA journal_mode = WAL');
  const raced = new RacedDatabase(path, { nth, race: () => migrateSchema(other, path) });
  onTestFinished(() => raced.close());
  expect([0, SCHEMA_VERSION]).toContain(readSchemaVersion(raced, path));
  expect(raced.isTransaction).toBe(false);
  migrateSchema(raced, path);
  expect(readSchemaVersion(raced, path)).toBe(SCHEMA_VERSION);
});
