import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchMessage } from '../../../../aws-worker/backfill/backfill-message.ts';
import { type PlannedBatch, planBatches } from '../../../../aws-worker/backfill/plan-batches.ts';
import type { ListedObject } from '../../../../aws-worker/backfill/source-listing.ts';
import { BATCH_MAX_OBJECTS, BATCH_MESSAGE_MAX_BYTES, MEBIBYTE, OSS_KEY_MAX_BYTES } from '../../../../shared/limits.ts';
import { parseMessage } from '../../../../shared/messages/parse-message.ts';
import { compareUtf8 } from '../../../../shared/utf8-order.ts';
import { unicodeText } from '../../../fixtures/unicode-text.ts';

const MAX_BATCH_BYTES = 10 * MEBIBYTE;
const LONGEST_ID = 'i'.repeat(64);

function listed(key: string, sizeBytes = 1): ListedObject {
  return { key, sizeBytes, etag: 'F'.repeat(32), lastModified: new Date(0), storageClass: 'Standard', type: 'Normal' };
}

function plan(objects: readonly ListedObject[], from = ''): readonly PlannedBatch[] {
  return planBatches(objects, { from, maxBatchBytes: MAX_BATCH_BYTES });
}

function bodyOf({ from, to, objects }: PlannedBatch): string {
  const found = { objects: objects.length, bytes: 0 };
  return batchMessage({ backfill: LONGEST_ID, batch: LONGEST_ID, from, to, found }, objects).body;
}

function expectSound(objects: readonly ListedObject[], batches: readonly PlannedBatch[], from: string): void {
  expect(batches.flatMap(batch => batch.objects)).toEqual(
    objects.map(({ key, sizeBytes, etag }) => ({ key, size: sizeBytes, etag })),
  );
  let end = from;
  for (const batch of batches) {
    expect(batch.from).toBe(end);
    expect(batch.to).toBe(batch.objects.at(-1)?.key);
    expect(batch.objects.length).toBeGreaterThan(0);
    expect(batch.objects.length).toBeLessThanOrEqual(BATCH_MAX_OBJECTS);
    expect(batch.bytes).toBe(batch.objects.reduce((sum, object) => sum + object.size, 0));
    if (batch.objects.length > 1) expect(batch.bytes).toBeLessThanOrEqual(MAX_BATCH_BYTES);
    expect(bodyOf(batch).length).toBeLessThanOrEqual(BATCH_MESSAGE_MAX_BYTES);
    expect(parseMessage(bodyOf(batch)).kind).toBe('batch');
    end = batch.to;
  }
}

const key = unicodeText({ minLength: 1, maxLength: 300 }).filter(text => Buffer.byteLength(text) <= OSS_KEY_MAX_BYTES);
const sizeBytes = fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 2 * MAX_BATCH_BYTES }));

test('whatever a page holds: the batches cover it in order, and each keeps within every limit', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(key, sizeBytes), { selector: ([name]) => name, maxLength: 120 }), entries => {
      const objects = entries.sort(([a], [b]) => compareUtf8(a, b)).map(([name, size]) => listed(name, size));
      expectSound(objects, plan(objects), '');
    }),
    { numRuns: 60 },
  );
});

describe('keys of 1,023 bytes, the worst of which', () => {
  test.each([
    ['are plain', 'k', 1],
    ['are controls, six characters for each byte', '\u0001', 1],
    ['are DEL, which JSON alone would not escape', '\u007f', 1],
    ['are two bytes each', 'ä', 2],
    ['are three bytes each', '漢', 3],
    ['are pairs of surrogates', '😀', 4],
    ['are quotes', '"', 1],
  ])('%s', (_, character, characterBytes) => {
    const objects = Array.from({ length: 200 }, (_, index) => {
      const tail = String(index).padStart(4, '0');
      return listed(character.repeat(Math.floor((OSS_KEY_MAX_BYTES - tail.length) / characterBytes)) + tail);
    });
    const before = character.repeat(Math.floor(OSS_KEY_MAX_BYTES / characterBytes)).slice(0, -4);
    expectSound(objects, plan(objects, before), before);
  });
});

test('a page of 1,000 short keys makes as few batches as the limit of 90 allows', () => {
  const objects = Array.from({ length: 1000 }, (_, index) => listed(`k${String(index).padStart(4, '0')}`));
  expect(plan(objects)).toHaveLength(12);
});

test('an object that is more than a batch may move travels alone', () => {
  const sizes = [1, 2 * MAX_BATCH_BYTES, 0, 1, MAX_BATCH_BYTES, MAX_BATCH_BYTES];
  const objects = sizes.map((size, index) => listed(`k${index}`, size));
  expect(plan(objects).map(batch => batch.objects.map(object => object.size))).toEqual([
    [1],
    [2 * MAX_BATCH_BYTES],
    [0, 1],
    [MAX_BATCH_BYTES],
    [MAX_BATCH_BYTES],
  ]);
});

test('an empty page makes no batch', () => {
  expect(plan([])).toEqual([]);
});
