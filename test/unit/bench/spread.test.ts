import { expect, it } from 'vitest';
import { spreadOf } from '../../../bench/spread.ts';

it.each([
  [[7], { median: 7, minimum: 7, maximum: 7 }],
  [[3, 1, 2], { median: 2, minimum: 1, maximum: 3 }],
  [[10, 9, 100], { median: 10, minimum: 9, maximum: 100 }],
  [[4, 1, 2, 3], { median: 2.5, minimum: 1, maximum: 4 }],
])('of %j has its median in the middle, whatever their order', (values, spread) => {
  expect(spreadOf(values)).toEqual(spread);
});
