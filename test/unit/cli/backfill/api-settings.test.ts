import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readApiSettings } from '../../../../cli/backfill/api-settings.ts';

const API_TOKEN = 'correct-horse-battery-staple';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'api-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tokenFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('where the API answers', () => {
  it.each([
    [{}, undefined, 'http://127.0.0.1:8080/'],
    [{ PORT: '9000' }, undefined, 'http://127.0.0.1:9000/'],
    [{ PORT: '9000', BRIDGE_URL: 'https://bridge.example' }, undefined, 'https://bridge.example/'],
    [{ BRIDGE_URL: 'https://bridge.example/behind/a/proxy' }, undefined, 'https://bridge.example/behind/a/proxy/'],
    [{ BRIDGE_URL: '' }, undefined, 'http://127.0.0.1:8080/'],
    [{ BRIDGE_URL: 'nonsense' }, 'http://10.0.0.7:8080/', 'http://10.0.0.7:8080/'],
  ])('%j, --url %s: %s', (environment, url, expected) => {
    const options = url === undefined ? {} : { url };
    expect(readApiSettings({ API_TOKEN, ...environment }, options).url.href).toBe(expected);
  });

  it.each([
    [{ BRIDGE_URL: 'bridge.example' }, {}, 'BRIDGE_URL is not a URL that begins with https:// or http://.'],
    [{}, { url: 'ftp://bridge.example' }, '--url is not a URL that begins with https:// or http://.'],
    [{}, { url: 'http://me:secret@bridge.example' }, '--url must not contain a user name or password.'],
    [{}, { url: 'http://bridge.example/?token=x' }, '--url must end with the path, without ? and #.'],
    [{ PORT: '0' }, {}, 'PORT is "0"; it must be a whole number from 1 to 65535.'],
  ])('%j with %j is refused', (environment, options, fault) => {
    expect(() => readApiSettings({ API_TOKEN, ...environment }, options)).toThrow(fault);
  });
});

describe('the token', () => {
  it('is API_TOKEN, or what the file of API_TOKEN_FILE holds', () => {
    expect(readApiSettings({ API_TOKEN: ` ${API_TOKEN} ` }, {}).token).toBe(API_TOKEN);
    const file = tokenFile('token', `${API_TOKEN}\n`);
    expect(readApiSettings({ API_TOKEN_FILE: file }, {}).token).toBe(API_TOKEN);
  });

  it.each([
    ['missing', () => ({}), 'API_TOKEN is missing'],
    [
      'in two places',
      () => ({ API_TOKEN, API_TOKEN_FILE: tokenFile('two', API_TOKEN) }),
      'are both set: keep one of them.',
    ],
    ['an empty file', () => ({ API_TOKEN_FILE: tokenFile('empty', '\n') }), 'which is empty.'],
    ['a file that is not there', () => ({ API_TOKEN_FILE: '/nowhere/token' }), 'which does not exist.'],
    [
      'in two lines',
      () => ({ API_TOKEN: 'correct-horse\nbattery-staple' }),
      'holds a line break or another control character',
    ],
  ])('%s is a fault, and is not shown', (_what, environment, fault) => {
    const read = () => readApiSettings(environment(), {});
    expect(read).toThrow(expect.objectContaining({ code: 'invalid-configuration', kind: 'permanent' }));
    expect(read).toThrow(fault);
    expect(read).not.toThrow(/horse|staple/);
  });
});

it('lists all faults at once', () => {
  expect(() => readApiSettings({ BRIDGE_URL: 'x' }, {})).toThrow(/^2 things to mend[\s\S]*BRIDGE_URL[\s\S]*API_TOKEN/);
});
