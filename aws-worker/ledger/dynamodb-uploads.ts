// Upload checkpoints: a row for each multipart upload that is under way, found by its key; a row for each part that S3 has taken, in a group named after the
// upload's row; and what janitors are told of. Parts belong to the row that they name: those of a row that is gone are nobody's, and never found.
// Each change of an upload's row is one row's, on condition that it is the row that is meant. A part is put first, then its upload's row is looked at: if
// it is gone, so is the part. Where a crash comes in between, the part expires.

import type { UploadCheckpoints } from '../transfer/upload-checkpoints.ts';
import { claimLongestUnseen } from './dynamodb-claims.ts';
import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { dateOf, integerOf, textOf } from './dynamodb-items.ts';
import {
  partKey,
  partsGroup,
  UNNAMED_UPLOADS,
  UPLOAD_SHARDS,
  unnamedUploadKey,
  uploadGroup,
  uploadKey,
} from './dynamodb-keys.ts';
import { newPart, newUnnamed, newUpload, partOf, unnamedOf, uploadOf } from './dynamodb-upload-rows.ts';
import { keyOfItem } from './dynamodb-writes.ts';

/** Parts come many a second; that some came is told this often. A janitor thinks in hours. */
const TOUCH_EVERY_MILLISECONDS = 10_000;
const IS_MEANT = '#rowId = :rowId';

export function createDynamodbUploads({ requests, newId, now }: DynamodbLedgerContext): UploadCheckpoints {
  /** False: it is not there any more. */
  const touch = async ({ key, rowId }: { readonly key: string; readonly rowId: string }): Promise<boolean> => {
    const item = await requests.get(uploadKey(key));
    if (item === undefined || textOf(item, 'rowId') !== rowId) return false;
    const at = now().getTime();
    if (at - integerOf(item, 'touchedAt') < TOUCH_EVERY_MILLISECONDS) return true;
    const values = { at, rowId };
    return await requests.write({ update: uploadKey(key), change: 'SET #touchedAt = :at', where: IS_MEANT, values });
  };

  return {
    find: async key => {
      const item = await requests.get(uploadKey(key));
      if (item === undefined) return undefined;
      const row = uploadOf(item);
      const parts = await requests.queryAll({ group: partsGroup(row.rowId) });
      return { ...row, parts: parts.map(partOf) };
    },

    begin: async (key, version, { backfill } = { backfill: undefined }) => {
      const row = { key, rowId: newId(), begunAt: now(), backfill };
      const refused = await requests.transact([newUpload(row, version)]);
      return refused.length > 0 ? undefined : { ...row, version, uploadId: undefined, parts: [] };
    },

    // A second upload id would leave the first one's upload to nobody. The same one may be set again.
    setUploadId: ({ key, rowId }, uploadId) =>
      requests.write({
        update: uploadKey(key),
        change: 'SET #uploadId = :uploadId',
        where: `${IS_MEANT} AND (attribute_not_exists(#uploadId) OR #uploadId = :uploadId)`,
        values: { rowId, uploadId },
      }),

    addPart: async (row, part) => {
      await requests.write(newPart(row.rowId, part, now()));
      const isAdded = await touch(row);
      if (!isAdded) await requests.write({ delete: partKey(row.rowId, part.partNumber) });
      return isAdded;
    },

    // The parts first: a crash in between leaves a row without them, which is removed again, not parts that nobody would ever find.
    remove: async ({ key, rowId }) => {
      const parts = await requests.queryAll({ group: partsGroup(rowId) });
      await requests.deleteAll(parts.map(keyOfItem));
      const refused = await requests.transact([{ delete: uploadKey(key), where: IS_MEANT, values: { rowId } }]);
      return refused.length === 0;
    },

    retire: async ({ key, rowId }) => {
      const item = await requests.get(uploadKey(key));
      if (item === undefined || textOf(item, 'rowId') !== rowId) return false;
      const unnamed = { rowId, key, begunAt: dateOf(item, 'begunAt'), retiredAt: now() };
      const refused = await requests.transact([
        { delete: uploadKey(key), where: IS_MEANT, values: { rowId } },
        newUnnamed(unnamed),
      ]);
      return refused.length === 0;
    },

    claimIdle: async ({ before, limit }) => {
      const groups = Array.from({ length: UPLOAD_SHARDS }, (_, shard) => uploadGroup(shard));
      const idle = { filter: '#touchedAt < :before AND #lookedAt < :before', before, limit, at: now() };
      const items = await claimLongestUnseen(requests, groups, idle);
      return items.map(item => ({ row: uploadOf(item), idleSince: dateOf(item, 'touchedAt') }));
    },

    claimUnnamed: async ({ before, limit }) => {
      const unseen = { filter: '#lookedAt < :before', before, limit, at: now() };
      return (await claimLongestUnseen(requests, [UNNAMED_UPLOADS], unseen)).map(unnamedOf);
    },

    forgetUnnamed: async ({ rowId }) => void (await requests.write({ delete: unnamedUploadKey(rowId) })),
  };
}
