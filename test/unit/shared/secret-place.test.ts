import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Environment, EnvironmentReader } from '../../../shared/environment.ts';

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-place-'));
  path = join(folder, 'token');
});
afterAll(() => rmSync(folder, { recursive: true }));

function readToken(environment: Environment) {
  const read = new EnvironmentReader(environment);
  const place = read.secret('TOKEN', 'what it is for');
  let faults = '';
  try {
    read.throwFaults();
  } catch (error) {
    faults = (error as Error).message;
  }
  return { place, faults };
}

describe('a secret', () => {
  test.each(['value', 'value\n', '  value\r\n'])('is read from the file that NAME_FILE names: %j', text => {
    writeFileSync(path, text);
    const { place, faults } = readToken({ TOKEN_FILE: path });
    expect(place).toEqual({ name: 'TOKEN_FILE', value: 'value', path });
    expect(faults).toBe('');
  });

  test('is read from the variable itself', () => {
    expect(readToken({ TOKEN: 'value' }).place).toEqual({ name: 'TOKEN', value: 'value', path: undefined });
  });

  test('is asked for when neither is there', () => {
    expect(readToken({}).faults).toContain('TOKEN is missing: what it is for.');
  });

  test('is not guessed when both are there', () => {
    writeFileSync(path, 'value');
    expect(readToken({ TOKEN: 'other', TOKEN_FILE: path }).faults).toContain(
      'TOKEN and TOKEN_FILE are both set: keep one of them.',
    );
  });

  test.each([
    ['', 'is empty'],
    ['\n', 'is empty'],
    ['first-secret\nsecond-secret\n', 'holds more than one line'],
    ['first-secret\tsecond-secret', 'holds a line break or another control character'],
    ['x'.repeat(65 * 1024), 'holds more than one line'],
  ])('is refused when its file holds something else (%#)', (text, fault) => {
    writeFileSync(path, text);
    const { faults } = readToken({ TOKEN_FILE: path });
    expect(faults).toContain(`TOKEN_FILE is ${JSON.stringify(path)}, which ${fault}`);
    expect(faults).not.toContain('second-secret');
  });

  test('that stands where its path belongs is not shown', () => {
    const { faults } = readToken({ TOKEN_FILE: 'S3cr3tItself' });
    expect(faults).toContain('TOKEN_FILE is a path (not shown: it does not begin with / or ./), which does not exist.');
    expect(faults).not.toContain('S3cr3t');
  });

  test('that no header could carry is refused, and not shown', () => {
    for (const TOKEN of ['first\u0007second', 'a\nb']) {
      const { faults } = readToken({ TOKEN });
      expect(faults).toContain('TOKEN holds a line break or another control character');
      expect(faults).not.toContain(TOKEN);
    }
  });

  test('is missed when its file is not there, or is a folder', () => {
    expect(readToken({ TOKEN_FILE: join(folder, 'none') }).faults).toContain('which does not exist.');
    expect(readToken({ TOKEN_FILE: folder }).faults).toContain('which is no regular file.');
  });
});
