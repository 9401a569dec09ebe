import { expect, test } from 'vitest';
import { readHistory, withHistory } from '../../../../aws-worker/queue/message-history.ts';
import { SQS_MESSAGE_MAX_BYTES } from '../../../../shared/limits.ts';

test('adds only what there is to remember, beside other attributes', () => {
  const message = { body: 'a', delaySeconds: 5, attributes: { Other: 'x' } };
  expect(withHistory(message, { crashes: 2, handOvers: 0 })).toEqual({
    ...message,
    attributes: { Other: 'x', Crashes: '2' },
  });
  expect(withHistory({ body: 'a' }, { crashes: 0, handOvers: 3 }).attributes).toEqual({ HandOvers: '3' });
});

test('is left out where the body needs all the room', () => {
  const message = { body: 'x'.repeat(SQS_MESSAGE_MAX_BYTES - 5) };
  expect(withHistory(message, { crashes: 2, handOvers: 3 })).toEqual(message);
});

test.each([undefined, '', '-1', '1.5', '1e3', 'many', '99999999999999999999'])('%s is no count', text => {
  expect(readHistory(() => text)).toEqual({ crashes: 0, handOvers: 0 });
});
