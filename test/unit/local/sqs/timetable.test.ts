import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Line } from '../../../../local/sqs/line.ts';
import { Timetable } from '../../../../local/sqs/timetable.ts';

function takeAll(timetable: Timetable<number>, now: number): number[] {
  const taken: number[] = [];
  for (let due = timetable.take(now); due !== undefined; due = timetable.take(now)) taken.push(due.at);
  return taken;
}

test('a timetable gives what is due, earliest first, and nothing before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(50), (times, now) => {
      const timetable = new Timetable<number>();
      for (const at of times) timetable.add(at, at);
      const sorted = times.toSorted((a, b) => a - b);
      expect(takeAll(timetable, now)).toEqual(sorted.filter(at => at <= now));
      expect(timetable.nextAt).toBe(sorted.find(at => at > now));
      timetable.sweep(at => at % 2 === 0);
      expect(takeAll(timetable, 100)).toEqual(sorted.filter(at => at > now && at % 2 === 0));
      expect(timetable.size).toBe(0);
    }),
  );
});

test('a line keeps its order while its front is taken away', () => {
  const line = new Line<number>();
  const taken: number[] = [];
  for (let count = 0; count < 5000; count++) {
    line.push(count);
    if (count % 3 === 0) continue;
    taken.push(line.first ?? -1);
    line.shift();
  }
  for (let first = line.first; first !== undefined; first = line.first) {
    taken.push(first);
    line.shift();
  }
  line.shift();
  expect(taken).toEqual(Array.from({ length: 5000 }, (_, index) => index));
});
