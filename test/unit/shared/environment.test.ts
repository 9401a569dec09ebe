import { describe, expect, test } from 'vitest';
import { EnvironmentReader } from '../../../shared/environment.ts';

function read<T>(environment: Record<string, string | undefined>, from: (reader: EnvironmentReader) => T): T {
  const reader = new EnvironmentReader(environment);
  const value = from(reader);
  reader.throwFaults();
  return value;
}

const RANGE = { minimum: 1, maximum: 10, fallback: 5 };

describe('a value is read', () => {
  test.each<[string, unknown, unknown]>([
    ['text', read({ A: ' x ' }, reader => reader.text('A', 'y')), 'x'],
    ['text that is unset', read({}, reader => reader.text('A', 'y')), 'y'],
    ['text that is empty, as compose makes of `A=`', read({ A: '' }, reader => reader.text('A', 'y')), 'y'],
    ['text of white space', read({ A: ' \t' }, reader => reader.optional('A')), undefined],
    ['what is required', read({ A: 'x' }, reader => reader.required('A', 'the A')), 'x'],
    ['one of', read({ A: 'b' }, reader => reader.oneOf('A', ['a', 'b'], 'a')), 'b'],
    ['one of, unset', read({}, reader => reader.oneOf('A', ['a', 'b'], 'a')), 'a'],
    ['a yes', read({ A: 'Yes' }, reader => reader.boolean('A', false)), true],
    ['a no', read({ A: '0' }, reader => reader.boolean('A', true)), false],
    ['neither, unset', read({}, reader => reader.boolean('A', true)), true],
    ['the least number', read({ A: '1' }, reader => reader.integer('A', RANGE)), 1],
    ['the greatest number', read({ A: '10' }, reader => reader.integer('A', RANGE)), 10],
    ['a number that is unset', read({}, reader => reader.integer('A', RANGE)), 5],
    ['an optional number that is unset', read({}, reader => reader.optionalInteger('A', RANGE)), undefined],
    ['a URL', read({ A: 'https://example.com/x' }, reader => reader.url('A')?.host), 'example.com'],
    ['a URL that is unset', read({}, reader => reader.url('A')), undefined],
  ])('%s', (_, value, expected) => {
    expect(value).toBe(expected);
  });
});

describe('a fault is named, with what would be right', () => {
  test.each<[string, (reader: EnvironmentReader) => unknown, string]>([
    ['', reader => reader.required('A', 'the bucket to read'), 'A is missing: the bucket to read.'],
    ['c', reader => reader.oneOf('A', ['a', 'b'], 'a'), 'A is "c"; it must be one of a, b.'],
    ['maybe', reader => reader.boolean('A', true), 'A is "maybe"; it must be true or false.'],
    ['0', reader => reader.integer('A', RANGE), 'A is "0"; it must be a whole number from 1 to 10.'],
    ['11', reader => reader.integer('A', RANGE), 'from 1 to 10'],
    ['1e1', reader => reader.integer('A', RANGE), 'whole number'],
    ['-5', reader => reader.integer('A', RANGE), 'whole number'],
    ['5.0', reader => reader.integer('A', RANGE), 'whole number'],
    ['example.com', reader => reader.url('A'), 'A is not a URL'],
    ['file:///etc/passwd', reader => reader.url('A'), 'A is not a URL'],
    ['https://user:secret@example.com', reader => reader.url('A'), 'A must not contain a user name or password'],
  ])('%o', (value, from, words) => {
    expect(() => read({ A: value }, from)).toThrow(words);
  });

  test('all of them at once, a line each', () => {
    const reading = () =>
      read({ B: 'x' }, reader => {
        reader.required('A', 'the A');
        reader.boolean('B', true);
        reader.fault('A and B do not go together.');
      });
    expect(reading).toThrow(
      expect.objectContaining({
        kind: 'permanent',
        code: 'invalid-configuration',
        message: [
          '3 things to mend in the environment:',
          '  - A is missing: the A.',
          '  - B is "x"; it must be true or false.',
          '  - A and B do not go together.',
        ].join('\n'),
      }),
    );
  });

  test('without the secret of a URL', () => {
    expect(() => read({ A: 'https://user:secret@example.com' }, reader => reader.url('A'))).not.toThrow('secret@');
  });
});
