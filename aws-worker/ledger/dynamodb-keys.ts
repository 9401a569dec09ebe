// Where each row lies. A partition takes 1,000 write units and 3,000 read units a second (a row of up to 1 KB written in a transaction costs 2), so what is
// written often is spread over several groups by a hash of its name; the numbers suffice for 1,000 settled batches a second (test/dynamodb/rates.test.ts).
// They are part of the format: another number needs another FORMAT_VERSION (dynamodb-open.ts).
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
// A group's name has at most 2,048 bytes, a row's 1 to 1,024: OSS's keys have 1 to 1,023, and S3's, which may have more beside them, are hashed.

import { createHash } from 'node:crypto';

export interface Key {
  readonly group: string;
  readonly row: string;
}

export const MAX_ROW_BYTES = 1_024;

export const DEBT_SHARDS = 32;
export const COUNTER_SHARDS = 8;
export const FAILURE_SHARDS = 16;
export const UPLOAD_SHARDS = 16;

export const BACKFILLS = 'backfills';
export const WORKERS = 'workers';
export const UNNAMED_UPLOADS = 'unnamed-uploads';

export const FORMAT: Key = { group: 'format', row: 'format' };
/** Moves with each backfill that is started or run again: who starts one knows by it that nobody else did meanwhile. */
export const STARTS: Key = { group: 'starts', row: 'starts' };

export function backfillKey(id: string): Key {
  return { group: BACKFILLS, row: id };
}

export function rangesGroup(backfill: string): string {
  return `ranges#${backfill}`;
}

export function rangeKey({ backfill, range }: { readonly backfill: string; readonly range: string }): Key {
  return { group: rangesGroup(backfill), row: range };
}

/** How the rows of both kinds begin. A batch and the objects that it leaves lie in one group. */
export const DEBT_ROWS = { batches: 'batch#', objects: 'object#' } as const;

export function debtGroup(backfill: string, shard: number): string {
  return `debts#${backfill}#${shard}`;
}

export function batchKey({ backfill, batch }: { readonly backfill: string; readonly batch: string }): Key {
  return { group: debtGroup(backfill, shardOf(batch, DEBT_SHARDS)), row: `${DEBT_ROWS.batches}${batch}` };
}

export function owedObjectKey(id: { readonly backfill: string; readonly batch: string; readonly key: string }): Key {
  const { group, row } = owedObjectsOf(id);
  return { group, row: `${row}${hashOf(id.key)}` };
}

/** The group of a batch's owed objects, and how their rows' names begin. */
export function owedObjectsOf({ backfill, batch }: { readonly backfill: string; readonly batch: string }): Key {
  return { group: debtGroup(backfill, shardOf(batch, DEBT_SHARDS)), row: `${DEBT_ROWS.objects}${batch}#` };
}

export function counterGroup(backfill: string, shard: number): string {
  return `counters#${backfill}#${shard}`;
}

/** A worker has as many counters as it needs: dynamodb-counter-rows.ts. */
export function counterKey(backfill: string, counter: { readonly worker: string; readonly number: number }): Key {
  const row = `${counter.worker}#${counter.number}`;
  return { group: counterGroup(backfill, shardOf(row, COUNTER_SHARDS)), row };
}

/** No backfill has this id. */
export const LIVE = 'live';

export function failureGroup(list: string, shard: number): string {
  return `failures#${list}#${shard}`;
}

export function failureKey(list: string, key: string): Key {
  return { group: failureGroup(list, shardOf(key, FAILURE_SHARDS)), row: key };
}

export function idempotencyKey(key: string): Key {
  return { group: `idempotency#${hashOf(key)}`, row: 'used' };
}

/** Which idempotency keys a backfill has, so that they can be forgotten with it; the row's name is their hash. */
export function usedKeysGroup(backfill: string): string {
  return `used-keys#${backfill}`;
}

export function usedKeyKey(backfill: string, key: string): Key {
  return { group: usedKeysGroup(backfill), row: hashOf(key) };
}

export function idempotencyKeyOf(usedKey: Key): Key {
  return { group: `idempotency#${usedKey.row}`, row: 'used' };
}

export function uploadGroup(shard: number): string {
  return `uploads#${shard}`;
}

export function uploadKey(key: string): Key {
  return { group: uploadGroup(shardOf(key, UPLOAD_SHARDS)), row: hashOf(key) };
}

export function partsGroup(rowId: string): string {
  return `parts#${rowId}`;
}

/** Ascends with the number, of up to 5 digits. */
export function partKey(rowId: string, partNumber: number): Key {
  return { group: partsGroup(rowId), row: String(partNumber).padStart(5, '0') };
}

export function unnamedUploadKey(rowId: string): Key {
  return { group: UNNAMED_UPLOADS, row: rowId };
}

export function workerKey(id: string): Key {
  return { group: WORKERS, row: id };
}

export function probeKey(worker: string): Key {
  return { group: 'probes', row: worker };
}

function shardOf(name: string, shards: number): number {
  return createHash('sha256').update(name).digest().readUInt32BE() % shards;
}

function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}
