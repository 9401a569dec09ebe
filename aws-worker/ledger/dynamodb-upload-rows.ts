// The rows of multipart uploads, their parts, and uploads that nobody named.

import type { PartCheckpoint, UnnamedUpload, UploadRow, UploadVersion } from '../transfer/upload-checkpoints.ts';
import { bigintOf, dateOf, type Item, integerOf, optionalTextOf, textOf } from './dynamodb-items.ts';
import { partKey, unnamedUploadKey, uploadKey } from './dynamodb-keys.ts';
import { EXPIRY } from './dynamodb-table.ts';
import { IS_NEW, type Put } from './dynamodb-writes.ts';

/** Long after the bucket's lifecycle rule has ended what such a row may have left (deploy/policies): only where no worker has run meanwhile. */
const FORGET_UNNAMED_AFTER_SECONDS = 90 * 24 * 60 * 60;

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

export function newPart(rowId: string, { partNumber, sizeBytes, crc64, crc32 }: PartCheckpoint): Put {
  return { put: partKey(rowId, partNumber), item: { partNumber, sizeBytes, crc64, crc32 } };
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
  const expiry = { [EXPIRY]: Math.floor(retired / 1000) + FORGET_UNNAMED_AFTER_SECONDS };
  const item = { key, begunAt: begunAt.getTime(), retiredAt: retired, lookedAt: retired, ...expiry };
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
