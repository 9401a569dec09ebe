// The ledger's tables and how an older file becomes a newer one. `user_version` counts the migrations that a file has had, so a migration
// that was released is never edited; a change is a new one at the end. `application_id` tells our files from another program's.
// Text is compared byte by byte (BINARY), which for UTF-8 is the order in which both clouds list keys.

import type { DatabaseSync } from 'node:sqlite';
import { unavailable } from './sqlite-errors.ts';

/** "OS3B" in ASCII. https://www.sqlite.org/pragma.html#pragma_application_id */
const APPLICATION_ID = 0x4f533342;

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE backfills (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX backfills_by_status ON backfills (status, request_hash);

  CREATE TABLE idempotency_keys (
    key TEXT PRIMARY KEY,
    asked_hash TEXT NOT NULL,
    backfill TEXT NOT NULL REFERENCES backfills (id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE counters (
    backfill TEXT NOT NULL REFERENCES backfills (id),
    worker TEXT NOT NULL,
    incurred INTEGER NOT NULL DEFAULT 0,
    paid INTEGER NOT NULL DEFAULT 0,
    found_objects INTEGER NOT NULL DEFAULT 0,
    found_bytes INTEGER NOT NULL DEFAULT 0,
    copied_objects INTEGER NOT NULL DEFAULT 0,
    copied_bytes INTEGER NOT NULL DEFAULT 0,
    skipped_objects INTEGER NOT NULL DEFAULT 0,
    skipped_bytes INTEGER NOT NULL DEFAULT 0,
    source_missing_objects INTEGER NOT NULL DEFAULT 0,
    source_missing_bytes INTEGER NOT NULL DEFAULT 0,
    archived_objects INTEGER NOT NULL DEFAULT 0,
    archived_bytes INTEGER NOT NULL DEFAULT 0,
    unverified_objects INTEGER NOT NULL DEFAULT 0,
    unverified_bytes INTEGER NOT NULL DEFAULT 0,
    failed_objects INTEGER NOT NULL DEFAULT 0,
    failed_bytes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (backfill, worker)
  ) STRICT, WITHOUT ROWID;

  -- tail_batches and tail_ranges: what the last checkpoint made, as JSON arrays of ids in order.
  CREATE TABLE ranges (
    backfill TEXT NOT NULL REFERENCES backfills (id),
    id TEXT NOT NULL,
    from_key TEXT NOT NULL,
    to_key TEXT NOT NULL,
    cursor TEXT NOT NULL,
    version INTEGER NOT NULL,
    tail_batches TEXT NOT NULL DEFAULT '[]',
    tail_ranges TEXT NOT NULL DEFAULT '[]',
    last_sent_at INTEGER NOT NULL,
    PRIMARY KEY (backfill, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ranges_by_silence ON ranges (backfill, last_sent_at);

  CREATE TABLE batches (
    backfill TEXT NOT NULL REFERENCES backfills (id),
    id TEXT NOT NULL,
    from_key TEXT NOT NULL,
    to_key TEXT NOT NULL,
    found_objects INTEGER NOT NULL,
    found_bytes INTEGER NOT NULL,
    last_sent_at INTEGER NOT NULL,
    PRIMARY KEY (backfill, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX batches_by_silence ON batches (backfill, last_sent_at);

  CREATE TABLE owed_objects (
    backfill TEXT NOT NULL REFERENCES backfills (id),
    batch TEXT NOT NULL,
    key TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    last_sent_at INTEGER NOT NULL,
    PRIMARY KEY (backfill, batch, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX owed_objects_by_silence ON owed_objects (backfill, last_sent_at);

  -- backfill is '' for live events.
  CREATE TABLE failures (
    backfill TEXT NOT NULL,
    key TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (backfill, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE uploads (
    row_id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    source_etag TEXT NOT NULL,
    source_last_modified TEXT NOT NULL,
    description_hash TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    part_size_bytes INTEGER NOT NULL,
    upload_id TEXT
  ) STRICT, WITHOUT ROWID;

  -- crc64 is unsigned; its 64 bits are kept as SQLite's signed integer.
  CREATE TABLE upload_parts (
    row_id TEXT NOT NULL REFERENCES uploads (row_id) ON DELETE CASCADE,
    part_number INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    crc64 INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    PRIMARY KEY (row_id, part_number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    heard_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    written_at INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- touched_at: when a part was last added; looked_at: when a janitor last was told of it.
  ALTER TABLE uploads ADD COLUMN backfill TEXT;
  ALTER TABLE uploads ADD COLUMN begun_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE uploads ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE uploads ADD COLUMN looked_at INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX uploads_by_touch ON uploads (touched_at);

  -- Uploads that a row which is gone may have had, and never named.
  CREATE TABLE unnamed_uploads (
    row_id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    retired_at INTEGER NOT NULL,
    looked_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- resumes_when_sent: how often the backfill had been resumed when the debt's message was last sent; -1: never sent.
  ALTER TABLE backfills ADD COLUMN resumes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE ranges ADD COLUMN lists TEXT NOT NULL DEFAULT 'source';
  ALTER TABLE ranges ADD COLUMN resumes_when_sent INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE batches ADD COLUMN resumes_when_sent INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE owed_objects ADD COLUMN resumes_when_sent INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX batches_by_resumes ON batches (backfill, resumes_when_sent);
  CREATE INDEX owed_objects_by_resumes ON owed_objects (backfill, resumes_when_sent);
  CREATE INDEX idempotency_keys_by_backfill ON idempotency_keys (backfill);
  `,
  `
  -- 1: some of what it had is removed already.
  ALTER TABLE backfills ADD COLUMN is_pruned INTEGER NOT NULL DEFAULT 0;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * The file's schema version; 0 for an empty file. Reads one snapshot: between two statements another process may make the tables.
 * @throws BridgeError permanent `ledger-unavailable` when the file is another program's or a newer release's
 */
export function readSchemaVersion(database: DatabaseSync, path: string): number {
  database.exec('BEGIN');
  try {
    return inspectSchema(database, path);
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

/** Brings the file to SCHEMA_VERSION in one transaction; says which version it had. Several processes may do so at once. */
export function migrateSchema(database: DatabaseSync, path: string): number {
  if (readSchemaVersion(database, path) === SCHEMA_VERSION) return SCHEMA_VERSION;
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = inspectSchema(database, path);
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    return version;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Within a transaction. */
function inspectSchema(database: DatabaseSync, path: string): number {
  const version = readPragma(database, 'user_version');
  const applicationId = readPragma(database, 'application_id');
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (applicationId !== APPLICATION_ID && !(isEmpty && applicationId === 0 && version === 0)) {
    throw unavailable(`${path} is the database of another program. Let LEDGER_URL name another path.`);
  }
  if (version > SCHEMA_VERSION) {
    throw unavailable(
      `The ledger ${path} was written by a newer release (schema ${version}; this one knows up to ${SCHEMA_VERSION}). Run that release or a later one; nothing was changed.`,
    );
  }
  return version;
}

function readPragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
