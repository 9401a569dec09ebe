// Upload checkpoints: a row for each multipart upload that is under way, one for each part that S3 has taken, and what janitors are told of.

import type { PartCheckpoint, UploadCheckpoint, UploadCheckpoints, UploadRow } from '../transfer/upload-checkpoints.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { bigintOf, dateOf, integerOf, optionalTextOf, type Sql, type SqlRow, textOf } from './sqlite-statements.ts';

export function createSqliteUploads({ transactions, newId, now }: SqliteLedgerContext): UploadCheckpoints {
  return {
    find: key => transactions.read(sql => readUpload(sql, key)),

    begin: (key, version, { backfill } = { backfill: undefined }) =>
      transactions.write(sql => {
        const added = sql.run(
          `INSERT INTO uploads (row_id, key, source_etag, source_last_modified, description_hash, size_bytes, part_size_bytes,
             backfill, begun_at, touched_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9) ON CONFLICT (key) DO NOTHING`,
          newId(),
          key,
          version.sourceEtag,
          version.sourceLastModified,
          version.descriptionHash,
          version.sizeBytes,
          version.partSizeBytes,
          backfill ?? null,
          now().getTime(),
        );
        return added === 0 ? undefined : readUpload(sql, key);
      }),

    // A second upload id would leave the first one's upload to nobody.
    setUploadId: ({ key, rowId }, uploadId) =>
      transactions.write(sql => {
        const changed = sql.run(
          'UPDATE uploads SET upload_id = ?1 WHERE row_id = ?2 AND key = ?3 AND coalesce(upload_id, ?1) = ?1',
          uploadId,
          rowId,
          key,
        );
        return changed > 0;
      }),

    addPart: ({ key, rowId }, part) =>
      transactions.write(sql => {
        const added = sql.run(
          `INSERT INTO upload_parts (row_id, part_number, size_bytes, crc64, crc32)
           SELECT row_id, ?, ?, ?, ? FROM uploads WHERE row_id = ? AND key = ?
           ON CONFLICT (row_id, part_number) DO UPDATE
             SET size_bytes = excluded.size_bytes, crc64 = excluded.crc64, crc32 = excluded.crc32`,
          part.partNumber,
          part.sizeBytes,
          BigInt.asIntN(64, part.crc64),
          part.crc32,
          rowId,
          key,
        );
        if (added > 0) sql.run('UPDATE uploads SET touched_at = ? WHERE row_id = ?', now().getTime(), rowId);
        return added > 0;
      }),

    remove: ({ key, rowId }) =>
      transactions.write(sql => sql.run('DELETE FROM uploads WHERE row_id = ? AND key = ?', rowId, key) > 0),

    retire: ({ key, rowId }) =>
      transactions.write(sql => {
        const [row] = sql.all('DELETE FROM uploads WHERE row_id = ? AND key = ? RETURNING begun_at', rowId, key);
        if (row === undefined) return false;
        sql.run(
          'INSERT INTO unnamed_uploads (row_id, key, begun_at, retired_at, looked_at) VALUES (?1, ?2, ?3, ?4, ?4)',
          rowId,
          key,
          integerOf(row, 'begun_at'),
          now().getTime(),
        );
        return true;
      }),

    claimIdle: async ({ before, limit }) => {
      const isIdle = 'touched_at < ?1 AND looked_at < ?1';
      // Most looks find nothing, and then take no lock.
      const any = `SELECT 1 FROM uploads WHERE ${isIdle} LIMIT 1`;
      if ((await transactions.read(sql => sql.first(any, before.getTime()))) === undefined) return [];
      return await transactions.write(sql =>
        sql
          .all(
            `UPDATE uploads SET looked_at = ?2
             WHERE row_id IN (SELECT row_id FROM uploads WHERE ${isIdle} ORDER BY looked_at, row_id LIMIT ?3) RETURNING *`,
            before.getTime(),
            now().getTime(),
            limit,
          )
          .map(row => ({ row: rowOf(row), idleSince: dateOf(row, 'touched_at') })),
      );
    },

    claimUnnamed: async ({ before, limit }) => {
      const any = 'SELECT 1 FROM unnamed_uploads WHERE looked_at < ? LIMIT 1';
      if ((await transactions.read(sql => sql.first(any, before.getTime()))) === undefined) return [];
      return await transactions.write(sql =>
        sql
          .all(
            `UPDATE unnamed_uploads SET looked_at = ?
             WHERE row_id IN (SELECT row_id FROM unnamed_uploads WHERE looked_at < ? ORDER BY looked_at, row_id LIMIT ?) RETURNING *`,
            now().getTime(),
            before.getTime(),
            limit,
          )
          .map(row => ({
            rowId: textOf(row, 'row_id'),
            key: textOf(row, 'key'),
            begunAt: dateOf(row, 'begun_at'),
            retiredAt: dateOf(row, 'retired_at'),
          })),
      );
    },

    forgetUnnamed: ({ rowId }) =>
      transactions.write(sql => void sql.run('DELETE FROM unnamed_uploads WHERE row_id = ?', rowId)),
  };
}

function readUpload(sql: Sql, key: string): UploadCheckpoint | undefined {
  const row = sql.first('SELECT * FROM uploads WHERE key = ?', key);
  return row === undefined ? undefined : uploadOf(sql, row);
}

function uploadOf(sql: Sql, row: SqlRow): UploadCheckpoint {
  const parts = sql.all('SELECT * FROM upload_parts WHERE row_id = ? ORDER BY part_number', textOf(row, 'row_id'));
  return { ...rowOf(row), parts: parts.map(partOf) };
}

function rowOf(row: SqlRow): UploadRow {
  return {
    key: textOf(row, 'key'),
    rowId: textOf(row, 'row_id'),
    begunAt: dateOf(row, 'begun_at'),
    backfill: optionalTextOf(row, 'backfill'),
    version: {
      sourceEtag: textOf(row, 'source_etag'),
      sourceLastModified: textOf(row, 'source_last_modified'),
      descriptionHash: textOf(row, 'description_hash'),
      sizeBytes: integerOf(row, 'size_bytes'),
      partSizeBytes: integerOf(row, 'part_size_bytes'),
    },
    uploadId: optionalTextOf(row, 'upload_id'),
  };
}

function partOf(row: SqlRow): PartCheckpoint {
  return {
    partNumber: integerOf(row, 'part_number'),
    sizeBytes: integerOf(row, 'size_bytes'),
    crc64: BigInt.asUintN(64, bigintOf(row, 'crc64')),
    crc32: integerOf(row, 'crc32'),
  };
}
