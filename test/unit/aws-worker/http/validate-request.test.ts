import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { compileValidator, InvalidRequestError } from '../../../../aws-worker/http/validate-request.ts';

const schema = Type.Object(
  {
    name: Type.String({ maxLength: 3 }),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
    mode: Type.Optional(Type.Enum(['a', 'b'])),
  },
  { additionalProperties: false },
);

function faultsOf(value: unknown, httpPart: string) {
  const result = compileValidator({ schema, httpPart })(value);
  if (!('error' in result)) return [];
  expect(result.error).toBeInstanceOf(InvalidRequestError);
  return result.error.faults;
}

describe('a body', () => {
  const cases: readonly [unknown, readonly string[]][] = [
    [{ name: 'x' }, []],
    [{ name: 'x', limit: 10, mode: 'b' }, []],
    [{}, ['name']],
    [{ name: 'long' }, ['name']],
    [{ name: 'x', limit: '5' }, ['limit']],
    [{ name: 'x', limit: 1.5 }, ['limit']],
    [{ name: 'x', mode: 'A' }, ['mode']],
    [{ name: null }, ['name']],
    [{ name: 'x', Limit: 5 }, ['Limit']],
    [{ name: 'x', 'a/b~c': 5 }, ['a/b~c']],
    [JSON.parse('{"name":"x","__proto__":1}'), ['__proto__']],
    [{ name: 'long', limit: 0, mode: 'c', extra: 1 }, ['extra', 'name', 'limit', 'mode']],
    [[], ['body']],
    [null, ['body']],
    ['x', ['body']],
  ];
  test.each(cases)('%j has these faulty fields: %j', (value, fields) => {
    expect(faultsOf(value, 'body').map(({ field }) => field)).toEqual(expect.arrayContaining([...fields]));
    expect(faultsOf(value, 'body')).toHaveLength(fields.length);
  });

  test('is told what would do', () => {
    expect(faultsOf({ name: 'x', mode: 'c', extra: 1 }, 'body')).toEqual([
      { field: 'extra', message: 'is not known; known are name, limit, mode' },
      { field: 'mode', message: 'must be one of "a", "b"' },
    ]);
  });

  test('is handed on as it is', () => {
    const value = { name: 'x', limit: 3 };
    expect(compileValidator({ schema, httpPart: 'body' })(value)).toEqual({ value });
  });
});

describe('a query', () => {
  test('has digits for integers', () => {
    expect(compileValidator({ schema, httpPart: 'querystring' })({ name: '7', limit: '7' })).toEqual({
      value: { name: '7', limit: 7 },
    });
  });

  test.each([['0'], ['11'], ['-1'], ['1e1'], [' 1'], [''], ['0x1'], ['99999999999999999999'], [['1', '2']]])(
    'is refused with the limit %j',
    limit => {
      expect(faultsOf({ name: 'x', limit }, 'querystring').map(({ field }) => field)).toEqual(['limit']);
    },
  );
});
