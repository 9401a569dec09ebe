import { expect, it } from 'vitest';
import { weighMessage } from '../../../aws-worker/weigh-message.ts';

const BATCH = { backfill: 'b0', batch: 'p0', from: '', to: 'z' };

it.each([
  ['an object of a known size', { key: 'a', size: 10_240 }, 10_240, false],
  ['an object of an unknown size', { key: 'a' }, 0, false],
  [
    'a batch: the sum of its objects',
    {
      ...BATCH,
      objects: [
        { key: 'a', size: 1 },
        { key: 'b', size: 20 },
      ],
    },
    21,
    true,
  ],
  ['an object that a backfill owes', { backfill: 'b0', batch: 'p0', key: 'a', size: 5 }, 5, true],
  ['a range, which moves nothing itself', { backfill: 'b0', range: 'r0' }, 0, true],
  ['a message of nobody', { hello: 'world' }, 0, false],
])('weighs %s', (_what, message, bytes, isBackfill) => {
  expect(weighMessage(JSON.stringify(message))).toEqual({ bytes, isBackfill });
});

it('gives no weight to what is no JSON: the handler refuses it', () => {
  expect(weighMessage('{"key":')).toEqual({ bytes: 0, isBackfill: false });
});
