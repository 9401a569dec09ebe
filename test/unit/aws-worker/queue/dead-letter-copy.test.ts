import { expect, test } from 'vitest';
import { toDeadLetterCopy } from '../../../../aws-worker/queue/dead-letter-copy.ts';
import { SQS_MESSAGE_MAX_BYTES } from '../../../../shared/limits.ts';

const letter = { body: '{"odd', code: 'malformed-message', reason: 'it is not JSON', sourceQueue: 'live' };

test('keeps the body as it came and says why in attributes', () => {
  expect(toDeadLetterCopy(letter)).toEqual({
    body: '{"odd',
    attributes: { Code: 'malformed-message', Reason: 'it is not JSON', SourceQueue: 'live' },
  });
});

test('replaces what SQS does not carry in an attribute', () => {
  const reason = 'a\u0000b\uffffc\ud800d\te';
  expect(toDeadLetterCopy({ ...letter, reason }).attributes?.Reason).toBe('a\ufffdb\ufffdc\ufffdd\te');
});

test('never sends an empty or an endless attribute', () => {
  const copy = toDeadLetterCopy({ ...letter, code: '', reason: 'x'.repeat(5_000) });
  expect(copy.attributes?.Code).toBe('-');
  expect(copy.attributes?.Reason).toHaveLength(1_000);
});

test('leaves the attributes out where the body needs all the room', () => {
  const body = 'x'.repeat(SQS_MESSAGE_MAX_BYTES - 10);
  expect(toDeadLetterCopy({ ...letter, body })).toEqual({ body });
});
