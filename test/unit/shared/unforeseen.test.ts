import { expect, test } from 'vitest';
import { BridgeError } from '../../../shared/bridge-error.ts';
import { asObjectFailure } from '../../../shared/unforeseen.ts';
import { createRecordingLog } from '../../fakes/recording-log.ts';

const STOPPED = new BridgeError({ kind: 'cancelled', code: 'worker-stopping', message: 'Stopped.' });
const RUNNING = new AbortController().signal;

function failureOf(error: unknown, signal = RUNNING) {
  const { log, lines } = createRecordingLog();
  return { failure: asObjectFailure(error, { key: 'a', signal, log }), lines };
}

test('what was foreseen stays what it is, and is not logged here', () => {
  const { failure, lines } = failureOf(STOPPED);
  expect(failure).toBe(STOPPED);
  expect(lines('error')).toEqual([]);
});

test.each([new TypeError('a bug'), new DOMException('Aborted.', 'AbortError'), 'a bug'])(
  'a bug becomes a failure of the object that may be tried again: %s',
  error => {
    const { failure, lines } = failureOf(error);
    expect(failure).toMatchObject({
      kind: 'retryable',
      code: 'unforeseen',
      key: 'a',
      cause: error,
      retryAfterMilliseconds: 180_000,
    });
    expect(lines('error')).toHaveLength(1);
  },
);

test('an abort is why it was aborted, however the runtime says it; a bug stays one', () => {
  const signal = AbortSignal.abort(STOPPED);
  expect(failureOf(new DOMException('Aborted.', 'AbortError'), signal).failure).toBe(STOPPED);
  expect(failureOf(new TypeError('a bug'), signal).failure.code).toBe('unforeseen');
});
