// What a folder cannot say of its files: details that came with an upload, hashes that were computed once, blobs of keys that are no
// paths, unfinished files to sweep. One SQLite file in the state folder. A file's row belongs to one version of it (see
// file-identity.ts): it is written before the file is moved into place, so a crash between the two loses neither version's details,
// and an edit by hand leaves the row without a file. The database is locked: a state folder serves one store at a time.

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ObjectDetails } from '../object-store.ts';

export interface ObjectRecord {
  readonly details: ObjectDetails;
  readonly lastModifiedMilliseconds: number;
}

export interface BlobRecord extends ObjectRecord {
  /** Its file's name among the blobs. */
  readonly fileName: string;
}

export interface ContentHashes {
  /** Lower-case hex; empty when the file was too large to ask. */
  readonly md5: string;
  /** Decimal; undefined when nobody asked yet. */
  readonly crc64: string | undefined;
}

const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS described (key BLOB, identity TEXT, details TEXT, modified INTEGER, PRIMARY KEY (key, identity)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS hashes (key BLOB PRIMARY KEY, identity TEXT, md5 TEXT, crc64 TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS blobs (key BLOB PRIMARY KEY, file TEXT, details TEXT, modified INTEGER) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS unfinished (path TEXT PRIMARY KEY) WITHOUT ROWID;
`;

export class FolderRecords {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(SCHEMA);
  }

  findDescription(key: string, identity: string): ObjectRecord | undefined {
    const row = this.#prepare('SELECT * FROM described WHERE key = ? AND identity = ?').get(Buffer.from(key), identity);
    return row && recordOf(row);
  }

  putDescription(key: string, identity: string, record: ObjectRecord): void {
    this.#prepare('INSERT OR REPLACE INTO described VALUES (?, ?, ?, ?)').run(
      Buffer.from(key),
      identity,
      JSON.stringify(record.details),
      record.lastModifiedMilliseconds,
    );
  }

  removeDescriptions(key: string, options: { exceptIdentity: string }): void {
    const statement = this.#prepare('DELETE FROM described WHERE key = ? AND identity <> ?');
    statement.run(Buffer.from(key), options.exceptIdentity);
  }

  findHashes(key: string, identity: string): ContentHashes | undefined {
    const row = this.#prepare('SELECT * FROM hashes WHERE key = ? AND identity = ?').get(Buffer.from(key), identity);
    return row && { md5: String(row.md5), crc64: row.crc64 === null ? undefined : String(row.crc64) };
  }

  putHashes(key: string, identity: string, hashes: ContentHashes): void {
    const statement = this.#prepare('INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?)');
    statement.run(Buffer.from(key), identity, hashes.md5, hashes.crc64 ?? null);
  }

  removeHashes(key: string): void {
    this.#prepare('DELETE FROM hashes WHERE key = ?').run(Buffer.from(key));
  }

  findBlob(key: string): BlobRecord | undefined {
    const row = this.#prepare('SELECT * FROM blobs WHERE key = ?').get(Buffer.from(key));
    return row && { ...recordOf(row), fileName: String(row.file) };
  }

  putBlob(key: string, record: BlobRecord): void {
    this.#prepare('INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?)').run(
      Buffer.from(key),
      record.fileName,
      JSON.stringify(record.details),
      record.lastModifiedMilliseconds,
    );
  }

  removeBlob(key: string): void {
    this.#prepare('DELETE FROM blobs WHERE key = ?').run(Buffer.from(key));
  }

  /** Keys of blobs > `startAfter` with the prefix, ascending by UTF-8 bytes (as SQLite compares BLOBs), at most `limit`. */
  listBlobKeys(options: { prefix: string; startAfter: string; limit: number }): string[] {
    const statement = this.#prepare('SELECT key FROM blobs WHERE key > ? AND key >= ? ORDER BY key LIMIT ?');
    const rows = statement.all(Buffer.from(options.startAfter), Buffer.from(options.prefix), options.limit);
    const keys = rows.map(row => (row.key instanceof Uint8Array ? Buffer.from(row.key).toString() : ''));
    const end = keys.findIndex(key => !key.startsWith(options.prefix));
    return end < 0 ? keys : keys.slice(0, end);
  }

  isBlobFile(fileName: string): boolean {
    return this.#prepare('SELECT 1 FROM blobs WHERE file = ?').get(fileName) !== undefined;
  }

  addUnfinished(path: string): void {
    this.#prepare('INSERT OR REPLACE INTO unfinished VALUES (?)').run(path);
  }

  removeUnfinished(path: string): void {
    this.#prepare('DELETE FROM unfinished WHERE path = ?').run(path);
  }

  listUnfinished(): string[] {
    return this.#prepare('SELECT path FROM unfinished')
      .all()
      .map(row => String(row.path));
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function recordOf(row: Record<string, unknown>): ObjectRecord {
  return {
    // Our own JSON, written by put…() above.
    details: JSON.parse(String(row.details)) as ObjectDetails,
    lastModifiedMilliseconds: Number(row.modified),
  };
}
