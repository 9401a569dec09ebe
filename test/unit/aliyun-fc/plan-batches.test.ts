import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planBatches } from '../../../aliyun-fc/plan-batches.ts';
import { SQS_MESSAGE_MAX_BYTES } from '../../../shared/limits.ts';

describe('planBatches', () => {
  it.each<[count: number, sizes: number[]]>([
    [0, []],
    [1, [1]],
    [10, [10]],
    [11, [10, 1]],
    [25, [10, 10, 5]],
  ])('cuts %i small messages into tens', (count, sizes) => {
    const bodies = Array.from({ length: count }, (_, index) => `${index}`);
    expect(planBatches(bodies).map(batch => batch.length)).toEqual(sizes);
  });

  it.each<[what: string, lengths: number[], sizes: number[]]>([
    ['fill 1 MiB exactly', [SQS_MESSAGE_MAX_BYTES - 1, 1], [2]],
    ['are one byte over', [SQS_MESSAGE_MAX_BYTES, 1], [1, 1]],
    ['are too long by themselves', [1, SQS_MESSAGE_MAX_BYTES + 1, 1], [1, 1, 1]],
  ])('counts bytes of messages that %s', (_what, lengths, sizes) => {
    const bodies = lengths.map(length => 'x'.repeat(length));
    expect(planBatches(bodies).map(batch => batch.length)).toEqual(sizes);
  });

  it('keeps every message and their order', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary-ascii' })), bodies => {
        expect(planBatches(bodies).flat()).toEqual(bodies);
      }),
    );
  });
});
