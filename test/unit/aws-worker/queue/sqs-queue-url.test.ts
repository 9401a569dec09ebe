import { expect, test } from 'vitest';
import { parseQueueUrl, siblingQueueUrl } from '../../../../aws-worker/queue/sqs-queue-url.ts';

test.each([
  ['https://sqs.eu-west-1.amazonaws.com/123456789012/live', { region: 'eu-west-1', name: 'live', isFifo: false }],
  ['https://sqs.cn-north-1.amazonaws.com.cn/1/live', { region: 'cn-north-1', name: 'live', isFifo: false }],
  ['https://eu-west-1.queue.amazonaws.com/1/live', { region: 'eu-west-1', name: 'live', isFifo: false }],
  ['https://queue.amazonaws.com/1/live', { region: 'us-east-1', name: 'live', isFifo: false }],
  ['https://vpce-0a-b1.sqs.us-east-2.vpce.amazonaws.com/1/q', { region: 'us-east-2', name: 'q', isFifo: false }],
  ['https://sqs.us-east-1.amazonaws.com/1/live.fifo', { region: 'us-east-1', name: 'live.fifo', isFifo: true }],
  ['http://127.0.0.1:9324/000000000000/live', { name: 'live', isFifo: false }],
  ['https://sqs.us-east-1.amazonaws.com.evil.example/1/live', { name: 'live', isFifo: false }],
  ['https://sqs.us-east-1.amazonaws.com/', undefined],
  ['arn:aws:sqs:us-east-1:1:live', undefined],
  ['live', undefined],
])('%s', (url, expected) => {
  expect(parseQueueUrl(url)).toEqual(expected);
});

test('a sibling differs in its name only', () => {
  expect(siblingQueueUrl('https://sqs.eu-west-1.amazonaws.com/1/live', 'dead')).toBe(
    'https://sqs.eu-west-1.amazonaws.com/1/dead',
  );
});
