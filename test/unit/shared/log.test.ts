import { describe, expect, test } from 'vitest';
import { BridgeError } from '../../../shared/bridge-error.ts';
import { createLog, type LogLevel } from '../../../shared/log.ts';

function recording(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = createLog({ level, write: line => void lines.push(line), now: () => new Date(0) });
  return { log, lines, line: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '') };
}

test('a line is JSON: time, level, message, then the fields', () => {
  const { log, lines } = recording();
  log.with({ worker: 'w1' }).info('Done.', { sizeBytes: 5, crc64: 2n ** 64n - 1n });
  expect(lines).toEqual([
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"Done.","worker":"w1","sizeBytes":5,"crc64":"18446744073709551615"}\n',
  ]);
});

test.each([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['silent', []],
] as const)('at level %s it says %j', (level, expected) => {
  const { log, lines } = recording(level);
  for (const said of ['debug', 'info', 'warn', 'error'] as const) log[said]('x');
  expect(lines.map(line => JSON.parse(line).level)).toEqual(expected);
});

describe('nothing that comes from outside', () => {
  test.each(['a\n{"level":"error"}', 'a\r\nb', '\u001b[31mred', '\u2028', '\u0085', '\u202e', '\ud800'])(
    'can forge a line or colour a terminal: %j',
    key => {
      const { log, lines, line } = recording();
      log.info(key, { sourceKey: key, [key]: key, error: new Error(key) });
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^[\u0020-\u007e]+\n$/);
      expect(line().sourceKey).toBe(key);
    },
  );

  test('can change the time, the level or the message', () => {
    const { log, line } = recording();
    log.with({ level: 'debug' }).warn('true', { time: 'never', level: 'info', message: 'false' });
    expect(line()).toEqual({ time: '1970-01-01T00:00:00.000Z', level: 'warn', message: 'true' });
  });
});

describe('an error', () => {
  test('is told with its causes', () => {
    const { log, line } = recording();
    const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const error = new BridgeError({ kind: 'retryable', code: 'source-unreachable', message: 'Look.', cause });
    log.warn('x', { error });
    expect(line().error).toEqual({
      name: 'BridgeError',
      kind: 'retryable',
      code: 'source-unreachable',
      message: 'Look.',
      cause: { name: 'Error', code: 'ECONNRESET', message: 'socket hang up' },
    });
  });

  test('of an SDK does not bring its request along, wherever it is in the fields', () => {
    const { log, lines } = recording();
    const error = Object.assign(new Error('denied'), { $response: { headers: { authorization: 'AWS4-SECRET' } } });
    log.error('x', { error, nested: { error }, list: [error], cause: new Error('outer', { cause: error }) });
    expect(lines[0]).toContain('denied');
    expect(lines[0]).not.toContain('SECRET');
  });

  test('that is its own cause comes to an end', () => {
    const { log, lines } = recording();
    const error = new Error('circle');
    error.cause = error;
    log.error('x', { error });
    expect(lines[0]?.match(/circle/g)?.length).toBeLessThan(10);
  });

  test('that is no Error is told as text', () => {
    const { log, line } = recording();
    log.error('x', { error: new Error('outer', { cause: 'just text' }) });
    expect(line().error).toMatchObject({ cause: { message: 'just text' } });
  });
});

test('never throws for what JSON cannot say: deep bigints, circles, dates, nothing', () => {
  const { log, line } = recording();
  const circle: Record<string, unknown> = { sizeBytes: 5n };
  circle.self = circle;
  log.info('x', {
    circle,
    at: new Date(0),
    list: [1n],
    none: undefined,
    nothing: null,
    [Symbol.iterator.toString()]: 1,
  });
  expect(line()).toMatchObject({
    circle: { sizeBytes: '5' },
    at: '1970-01-01T00:00:00.000Z',
    list: ['1'],
    nothing: null,
  });
});
