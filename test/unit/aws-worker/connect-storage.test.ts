import { expect, test } from 'vitest';
import { requestDeadlineMilliseconds } from '../../../aws-worker/connect-storage.ts';
import { REQUEST_SETTLED_SECONDS } from '../../../shared/limits.ts';

test.each([
  [30, 10],
  [180, 110],
  [300, 170],
  [3600, 170],
])('with a visibility of %d s a write is given up after %d s', (visibilitySeconds, deadlineSeconds) => {
  expect(requestDeadlineMilliseconds(visibilitySeconds)).toBe(deadlineSeconds * 1000);
  // Of a worker that dies just before its next heartbeat.
  const remainingSeconds = (visibilitySeconds * 2) / 3;
  expect(deadlineSeconds).toBeLessThan(Math.min(remainingSeconds, REQUEST_SETTLED_SECONDS));
});
