// The rows of multipart uploads, their parts, and uploads that nobody named.

import type { PartCheckpoint, UnnamedUpload, UploadRow, UploadVersion } from '../transfer/upload-checkpoints.ts';
import { bigintOf, dateOf, type Item, integerOf, optionalTextOf, textOf } from './dynamodb-items.ts';
import { partKey, unnamedUploadKey, uploadKey } from './dynamodb-keys.ts';
import { EXPIRY } from './dynamodb-table.ts';
import { IS_NEW, type Put } from './dynamodb-writes.ts';

/**
 * Of rows that nobody may ever find: uploads that were not named, where no worker runs any more, and parts that were put when their upload was removed. Long after
 * the bucket's lifecycle rule has ended the upload (deploy/policies). A part of one that is still under way then is copied again, and no harm done.
 */
const FORGET_AFTER_SECONDS = 90 * 24 * 60 * 60;

export function newUpload(row: Pick<UploadRow, 'key' | 'rowId' | 'begunAt' | 'backfill'>, version: UploadVersion): Put {
  const { key, rowId, backfill } = row;
  const at = row.begunAt.getTime();
  const { sourceEtag, sourceLastModified, descriptionHash, sizeBytes, partSizeBytes } = version;
  const named = { key, rowId, backfill, sourceEtag, sourceLastModified, descriptionHash, sizeBytes, partSizeBytes };
  return { put: uploadKey(key), item: { ...named, begunAt: at, touchedAt: at, lookedAt: 0 }, where: IS_NEW };
}

export function uploadOf(item: Item): UploadRow {
  return {
    key: textOf(item, 'key'),
    rowId: textOf(item, 'rowId'),
    begunAt: dateOf(item, 'begunAt'),
    backfill: optionalTextOf(item, 'backfill'),
    version: {
      sourceEtag: textOf(item, 'sourceEtag'),
      sourceLastModified: textOf(item, 'sourceLastModified'),
      descriptionHash: textOf(item, 'descriptionHash'),
      sizeBytes: integerOf(item, 'sizeBytes'),
      partSizeBytes: integerOf(item, 'partSizeBytes'),
    },
    uploadId: optionalTextOf(item, 'uploadId'),
  };
}

export function newPart(rowId: string, { partNumber, sizeBytes, crc64, crc32 }: PartCheckpoint, at: Date): Put {
  return { put: partKey(rowId, partNumber), item: { partNumber, sizeBytes, crc64, crc32, ...expiryAfter(at) } };
}

export function partOf(item: Item): PartCheckpoint {
  return {
    partNumber: integerOf(item, 'partNumber'),
    sizeBytes: integerOf(item, 'sizeBytes'),
    crc64: bigintOf(item, 'crc64'),
    crc32: integerOf(item, 'crc32'),
  };
}

export function newUnnamed({ rowId, key, begunAt, retiredAt }: UnnamedUpload): Put {
  const retired = retiredAt.getTime();
  const item = { key, begunAt: begunAt.getTime(), retiredAt: retired, lookedAt: retired, ...expiryAfter(retiredAt) };
  return { put: unnamedUploadKey(rowId), item };
}

export function unnamedOf(item: Item): UnnamedUpload {
  return {
    rowId: textOf(item, 'row'),
    key: textOf(item, 'key'),
    begunAt: dateOf(item, 'begunAt'),
    retiredAt: dateOf(item, 'retiredAt'),
  };
}

function expiryAfter(at: Date): { readonly [EXPIRY]: number } {
  return { [EXPIRY]: Math.floor(at.getTime() / 1000) + FORGET_AFTER_SECONDS };
}
