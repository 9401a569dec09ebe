import { describe, expect, it } from 'vitest';
import { consumerProblems } from '../../../aws-worker/consumer-readings.ts';
import { BridgeError } from '../../../shared/bridge-error.ts';

const RECEIVE = new BridgeError({ kind: 'retryable', code: 'queue-unavailable', message: 'SQS does not answer.' });
const SEND = new BridgeError({ kind: 'permanent', code: 'queue-access-denied', message: 'Allow sqs:SendMessage.' });

describe('consumerProblems', () => {
  it.each([
    ['nothing', { consecutiveErrors: 0 }, []],
    ['receives that failed twice', { consecutiveErrors: 2, lastError: RECEIVE }, []],
    ['receives that failed and work again', { consecutiveErrors: 0, lastError: RECEIVE }, []],
    ['receives that keep failing', { consecutiveErrors: 3, lastError: RECEIVE }, ['queue-unavailable']],
    ['messages that are held for want of a send', { consecutiveErrors: 0, sendError: SEND }, ['queue-access-denied']],
    [
      'both',
      { consecutiveErrors: 9, lastError: RECEIVE, sendError: SEND },
      ['queue-unavailable', 'queue-access-denied'],
    ],
  ])('of %s', (_, state, codes) => {
    const problems = consumerProblems({ state: { isPolling: true, ...state } });
    expect(problems.map(({ code }) => code)).toEqual(codes);
  });
});
