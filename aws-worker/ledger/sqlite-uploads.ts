// Upload checkpoints: a row for each multipart upload that is under way, and one for each part that S3 has taken.

import type { PartCheckpoint, UploadCheckpoint, UploadCheckpoints } from '../transfer/upload-checkpoints.ts';
import type { SqliteLedgerContext } from './sqlite-context.ts';
import { bigintOf, integerOf, optionalTextOf, type Sql, type SqlRow, textOf } from './sqlite-statements.ts';

export function createSqliteUploads({ transactions, newId }: SqliteLedgerContext): UploadCheckpoints {
  return {
    find: key => transactions.read(sql => readUpload(sql, key)),

    begin: (key, version) =>
      transactions.write(sql => {
        const added = sql.run(
          `INSERT INTO uploads (row_id, key, source_etag, source_last_modified, description_hash, size_bytes, part_size_bytes)
           VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
          newId(),
          key,
          version.sourceEtag,
          version.sourceLastModified,
          version.descriptionHash,
          version.sizeBytes,
          version.partSizeBytes,
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
        return added > 0;
      }),

    remove: ({ key, rowId }) =>
      transactions.write(sql => sql.run('DELETE FROM uploads WHERE row_id = ? AND key = ?', rowId, key) > 0),
  };
}

function readUpload(sql: Sql, key: string): UploadCheckpoint | undefined {
  const row = sql.first('SELECT * FROM uploads WHERE key = ?', key);
  if (row === undefined) return undefined;
  const rowId = textOf(row, 'row_id');
  return {
    key,
    rowId,
    version: {
      sourceEtag: textOf(row, 'source_etag'),
      sourceLastModified: textOf(row, 'source_last_modified'),
      descriptionHash: textOf(row, 'description_hash'),
      sizeBytes: integerOf(row, 'size_bytes'),
      partSizeBytes: integerOf(row, 'part_size_bytes'),
    },
    uploadId: optionalTextOf(row, 'upload_id'),
    parts: sql.all('SELECT * FROM upload_parts WHERE row_id = ? ORDER BY part_number', rowId).map(partOf),
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
