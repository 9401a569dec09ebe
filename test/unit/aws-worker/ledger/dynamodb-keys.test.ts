import { describe, expect, test } from 'vitest';
import {
  backfillKey,
  batchKey,
  COUNTER_SHARDS,
  counterKey,
  DEBT_SHARDS,
  FAILURE_SHARDS,
  failureKey,
  idempotencyKey,
  idempotencyKeyOf,
  type Key,
  LIVE,
  MAX_ROW_BYTES,
  owedObjectKey,
  owedObjectsOf,
  partKey,
  probeKey,
  rangeKey,
  unnamedUploadKey,
  uploadKey,
  usedKeyKey,
  workerKey,
} from '../../../../aws-worker/ledger/dynamodb-keys.ts';
import { utf8Length } from '../../../../shared/utf8-order.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_GROUP_BYTES = 2_048;
const LONGEST_ID = 'i'.repeat(64);
const WORKER = `${'h'.repeat(40)}-0123456789ab`;
/** The longest that OSS has, and the longest that S3 has. */
const LONGEST_SOURCE_KEY = '\u{1f600}'.repeat(255).concat('abc');
const LONGEST_KEY = '\u{1f600}'.repeat(256);

const longest: readonly (readonly [string, Key])[] = [
  ['backfill', backfillKey(LONGEST_ID)],
  ['range', rangeKey({ backfill: LONGEST_ID, range: LONGEST_ID })],
  ['batch', batchKey({ backfill: LONGEST_ID, batch: LONGEST_ID })],
  ['owed object', owedObjectKey({ backfill: LONGEST_ID, batch: LONGEST_ID, key: LONGEST_KEY })],
  ['counter', counterKey(LONGEST_ID, { worker: WORKER, number: 10_000 })],
  ['failure', failureKey(LONGEST_ID, LONGEST_SOURCE_KEY)],
  ['idempotency key', idempotencyKey('k'.repeat(200))],
  ['used key', usedKeyKey(LONGEST_ID, 'k'.repeat(200))],
  ['upload', uploadKey(LONGEST_KEY)],
  ['part', partKey(LONGEST_ID, 10_000)],
  ['unnamed upload', unnamedUploadKey(LONGEST_ID)],
  ['worker', workerKey(WORKER)],
  ['probe', probeKey(WORKER)],
];

describe('the place of a row', () => {
  test.each(longest)('is short enough, and not empty: %s', (_, { group, row }) => {
    expect(utf8Length(LONGEST_SOURCE_KEY)).toBe(1023);
    expect(utf8Length(group)).toBeLessThanOrEqual(MAX_GROUP_BYTES);
    expect(utf8Length(row)).toBeLessThanOrEqual(MAX_ROW_BYTES);
    expect(group.length * row.length).toBeGreaterThan(0);
  });

  test('differs from every other kind of row, also where the names are the same', () => {
    const places = longest.map(([, { group, row }]) => `${group} ${row}`);
    expect(new Set(places).size).toBe(places.length);
    const same = [
      batchKey({ backfill: 'a', batch: 'b' }),
      owedObjectKey({ backfill: 'a', batch: 'b', key: 'b' }),
      rangeKey({ backfill: 'a', range: 'b' }),
      failureKey('a', 'b'),
      failureKey(LIVE, 'b'),
      usedKeyKey('a', 'b'),
    ].map(({ group, row }) => `${group} ${row}`);
    expect(new Set(same).size).toBe(same.length);
  });

  test('of an owed object begins as those of its batch, and of no other, in one group', () => {
    const { group, row } = owedObjectsOf({ backfill: 'a', batch: 'one' });
    for (const key of ['a', '\u0000', LONGEST_KEY]) {
      const place = owedObjectKey({ backfill: 'a', batch: 'one', key });
      expect(place.group).toBe(group);
      expect(place.row.startsWith(row)).toBe(true);
    }
    expect(owedObjectKey({ backfill: 'a', batch: 'one-2', key: 'a' }).row.startsWith(row)).toBe(false);
    expect(batchKey({ backfill: 'a', batch: 'one' }).group).toBe(group);
  });

  test('of parts ascends with their numbers', () => {
    const numbers = [1, 2, 9, 10, 99, 100, 9_999, 10_000];
    const rows = numbers.map(number => partKey('row', number).row);
    expect(rows.toSorted()).toEqual(rows);
  });

  test('of an idempotency key is found from the row that names it', () => {
    expect(idempotencyKeyOf(usedKeyKey('backfill', 'key'))).toEqual(idempotencyKey('key'));
  });

  const spread: readonly (readonly [string, number, (index: number) => Key])[] = [
    ['batches', DEBT_SHARDS, index => batchKey({ backfill: 'a', batch: `batch-${index}` })],
    ['failures', FAILURE_SHARDS, index => failureKey('a', `photos/${index}.jpg`)],
    ['counters of one worker', COUNTER_SHARDS, index => counterKey('a', { worker: WORKER, number: index })],
    ['counters of a fleet', COUNTER_SHARDS, index => counterKey('a', { worker: `worker-${index}`, number: 0 })],
  ];
  test.each(spread)('is one of many groups, each about as full: %s', (_, shards, keyOf) => {
    const rows = new Map<string, number>();
    for (let index = 0; index < shards * 100; index++) {
      const { group } = keyOf(index);
      rows.set(group, (rows.get(group) ?? 0) + 1);
    }
    expect(rows.size).toBe(shards);
    expect(Math.max(...rows.values())).toBeLessThan(150);
  });
});
