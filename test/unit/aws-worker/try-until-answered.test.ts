import { afterEach, expect, test, vi } from 'vitest';
import { tryUntilAnswered } from '../../../aws-worker/try-until-answered.ts';
import { BridgeError, type ErrorKind } from '../../../shared/bridge-error.ts';
import { createRecordingLog } from '../../fakes/recording-log.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function setUp() {
  const { log, lines } = createRecordingLog();
  const stop = new AbortController();
  return { lines, stop, options: { signal: stop.signal, log } };
}

function failure(kind: ErrorKind): BridgeError {
  return new BridgeError({ kind, code: 'queue-unavailable', message: 'SQS could not be reached.' });
}

test('what time may mend is tried until it is mended, and each time is told', async () => {
  // No jitter: the waits are as short as they can be.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { lines, options } = setUp();
  const check = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(failure('retryable'))
    .mockRejectedValueOnce(failure('retryable'))
    .mockResolvedValue('answer');
  expect(await tryUntilAnswered(check, options)).toBe('answer');
  expect(lines('warn')).toHaveLength(2);
});

test('what a person must mend ends it at once', async () => {
  const { lines, options } = setUp();
  const check = vi.fn<() => Promise<string>>().mockRejectedValue(failure('permanent'));
  await expect(tryUntilAnswered(check, options)).rejects.toMatchObject({ code: 'queue-unavailable' });
  expect(check).toHaveBeenCalledTimes(1);
  expect(lines('warn')).toEqual([]);
});

test('an abort ends the wait', async () => {
  const { stop, options } = setUp();
  const check = vi.fn<() => Promise<string>>().mockImplementation(async () => {
    stop.abort();
    throw failure('retryable');
  });
  await expect(tryUntilAnswered(check, options)).rejects.toMatchObject({ kind: 'cancelled' });
});

test('a check that an abort has broken is no failure of its own', async () => {
  const { stop, options, lines } = setUp();
  const check = async () => {
    stop.abort();
    throw new Error('socket closed');
  };
  await expect(tryUntilAnswered(check, options)).rejects.toMatchObject({ kind: 'cancelled' });
  expect(lines('warn')).toEqual([]);
});

test('what time may mend is tried so many times at most, where that is asked for', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { lines, options } = setUp();
  const check = vi.fn<() => Promise<string>>().mockRejectedValue(failure('retryable'));
  await expect(tryUntilAnswered(check, { ...options, maxTries: 2 })).rejects.toMatchObject({ kind: 'retryable' });
  expect(check).toHaveBeenCalledTimes(2);
  expect(lines('warn')).toHaveLength(1);
});
