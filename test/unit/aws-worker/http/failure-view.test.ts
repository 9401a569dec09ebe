import { expect, test } from 'vitest';
import { viewFailures } from '../../../../aws-worker/http/failure-view.ts';
import { aFailure } from './app-fixture.ts';

const failures = ['a', 'b', 'c'].map(aFailure);

test.each([
  [1, 'a'],
  [2, 'b'],
  [3, null],
  [4, null],
])('a page of %i of three ends with next: %s', (limit, next) => {
  const page = viewFailures(failures.slice(0, limit + 1), limit);
  expect(page.failures.map(({ key }) => key)).toEqual(['a', 'b', 'c'].slice(0, limit));
  expect(page.next).toBe(next);
});

test('an empty page is the last', () => {
  expect(viewFailures([], 10)).toEqual({ failures: [], next: null });
});
