// What the workers of a bridge keep their debts in, as far as a test must know it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface BridgeLedger {
  /** What points a worker at it. */
  readonly environment: Readonly<Record<string, string>>;
  /** What is left of multipart uploads. */
  uploadRows(): Promise<UploadRows>;
}

export interface UploadRows {
  readonly uploads: number;
  readonly parts: number;
  readonly unnamed: number;
}

export const NO_UPLOADS: UploadRows = { uploads: 0, parts: 0, unnamed: 0 };

/** A file of the embedded ledger, in a folder that is there as long as the bridge. */
export function sqliteBridgeLedger(folder: string): BridgeLedger {
  const path = join(folder, 'ledger.db');
  return {
    environment: { LEDGER_URL: `sqlite:${path}` },
    async uploadRows() {
      if (!existsSync(path)) return NO_UPLOADS; // no worker was started yet
      const database = new DatabaseSync(path, { readOnly: true });
      const count = (table: string) => Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows);
      const rows = { uploads: count('uploads'), parts: count('upload_parts'), unnamed: count('unnamed_uploads') };
      database.close();
      return rows;
    },
  };
}
