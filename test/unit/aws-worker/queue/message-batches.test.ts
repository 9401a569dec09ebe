import { describe, expect, test } from 'vitest';
import { batchMessages, countMessageBytes, inTens } from '../../../../aws-worker/queue/message-batches.ts';
import { SQS_MESSAGE_MAX_BYTES } from '../../../../shared/limits.ts';

const ofBytes = (bytes: number) => ({ body: 'x'.repeat(bytes) });
const MAX = SQS_MESSAGE_MAX_BYTES;

describe('batchMessages', () => {
  test.each([
    ['nothing', [], []],
    ['ten small ones', Array(10).fill(1), [10]],
    ['eleven small ones', Array(11).fill(1), [10, 1]],
    ['two that fill a batch to the byte', [MAX / 2, MAX / 2], [2]],
    ['two that are one byte too long together', [MAX / 2, MAX / 2 + 1], [1, 1]],
    ['one that is too long travels alone', [1, MAX + 1, 1], [1, 1, 1]],
  ])('%s', (_case, sizes: number[], expected) => {
    const messages = sizes.map(ofBytes);
    const batches = batchMessages(messages);
    expect(batches.map(batch => batch.length)).toEqual(expected);
    expect(batches.flat()).toEqual(messages);
  });

  test('counts UTF-8 bytes, and names, types and values of attributes', () => {
    expect(countMessageBytes({ body: 'é' })).toBe(2);
    expect(countMessageBytes({ body: '', attributes: { Code: 'né' } })).toBe('Code'.length + 'String'.length + 3);
  });
});

test.each([
  [0, []],
  [10, [10]],
  [21, [10, 10, 1]],
])('inTens cuts %d items', (count, expected) => {
  expect(inTens(Array(count).fill(0)).map(group => group.length)).toEqual(expected);
});
