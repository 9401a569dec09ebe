import { expect, test } from 'vitest';
import { requestDeadlineMilliseconds } from '../../../aws-worker/connect-storage.ts';
import { REQUEST_SETTLED_SECONDS } from '../../../shared/limits.ts';

test.each([
  [30, 20],
  [180, 170],
  [3600, 170],
])('with a visibility of %d s a write is given up after %d s', (visibilitySeconds, deadlineSeconds) => {
  expect(requestDeadlineMilliseconds(visibilitySeconds)).toBe(deadlineSeconds * 1000);
  expect(deadlineSeconds).toBeLessThan(Math.min(visibilitySeconds, REQUEST_SETTLED_SECONDS));
});
