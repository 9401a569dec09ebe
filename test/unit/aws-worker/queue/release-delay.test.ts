import { expect, test } from 'vitest';
import { releaseDelaySeconds } from '../../../../aws-worker/queue/release-delay.ts';

test.each([
  [0, 3, 5],
  [1, 3, 5],
  [2, 5, 10],
  [5, 40, 80],
  [9, 450, 900],
  [1_000, 450, 900],
])('receive %d waits %d to %d seconds', (receiveCount, least, most) => {
  expect(releaseDelaySeconds(receiveCount, () => 0)).toBe(least);
  expect(releaseDelaySeconds(receiveCount, () => 1)).toBe(most);
});
