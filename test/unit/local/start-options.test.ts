import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readStartOptions } from '../../../local/start-options.ts';
import { hasCode } from '../../../shared/bridge-error.ts';

let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'start-options-')));
  mkdirSync(join(folder, 'files'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function refusal(args: readonly string[]): string {
  try {
    readStartOptions(args);
  } catch (error) {
    expect(hasCode(error, 'invalid-arguments')).toBe(true);
    return error instanceof Error ? error.message : '';
  }
  return '';
}

it('runs the demo when nothing is said', () => {
  expect(readStartOptions([])).toEqual({ folders: undefined, isOnce: false, port: undefined, wantsHelp: false });
});

it('takes two folders, makes the destination, and says where they really are', () => {
  symlinkSync(join(folder, 'files'), join(folder, 'link'));
  const { folders } = readStartOptions(['--source', join(folder, 'link'), '--destination', join(folder, 'new', 'out')]);
  expect(folders).toEqual({ source: join(folder, 'files'), destination: join(folder, 'new', 'out') });
  expect(existsSync(join(folder, 'new', 'out'))).toBe(true);
});

it('takes --once, --port and --help', () => {
  expect(readStartOptions(['--once', '--port', '65535', '-h'])).toMatchObject({
    isOnce: true,
    port: 65_535,
    wantsHelp: true,
  });
});

it.each([
  [['--source', 'x'], '--source and --destination go together.'],
  [['--destination', 'x'], '--source and --destination go together.'],
  [['--port', '0'], '--port 0 is not a port.'],
  [['--port', '65536'], '--port 65536 is not a port.'],
  [['--port', '80a'], '--port 80a is not a port.'],
  [['--sauce', 'x'], "Unknown option '--sauce'"],
  [['stray'], "Unexpected argument 'stray'"],
  [['--port'], "Option '--port <value>' argument missing"],
])('refuses %j and shows how it is used', (args, reason) => {
  expect(refusal(args)).toContain(reason);
  expect(refusal(args)).toContain('npm start [-- OPTIONS]');
});

it('refuses a source that is no folder, before anything is made', () => {
  const destination = join(folder, 'out');
  writeFileSync(join(folder, 'file'), '');
  for (const source of [join(folder, 'missing'), join(folder, 'file')]) {
    expect(refusal(['--source', source, '--destination', destination])).toContain(
      `--source ${source} is not a folder.`,
    );
  }
  expect(existsSync(destination)).toBe(false);
});

it('refuses folders that are the same or lie in one another, by whatever name', () => {
  mkdirSync(join(folder, 'files', 'inner'));
  symlinkSync(join(folder, 'files', 'inner'), join(folder, 'alias'));
  const pairs = [
    ['files', 'files'],
    ['files', 'files/inner'],
    ['files', 'alias'],
    ['files/inner', 'files'],
  ] as const;
  for (const [source, destination] of pairs) {
    const args = ['--source', join(folder, source), '--destination', join(folder, destination)];
    expect(refusal(args)).toContain('must not lie in one another');
  }
});

it('allows neighbours, one of whose names begins with the other', () => {
  const args = ['--source', join(folder, 'files'), '--destination', join(folder, 'files-copy')];
  expect(readStartOptions(args).folders?.destination).toBe(join(folder, 'files-copy'));
});
