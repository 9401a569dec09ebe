// `bridge` as a process: what the launcher finds, passes on and gives back.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-launch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function launch(args: readonly string[], root = ROOT): ChildProcess {
  return spawn(process.execPath, [join(root, 'cli/launch.js'), ...args], { cwd: folder, env: {} });
}

async function ended(child: ChildProcess) {
  const printed = { stdout: '', stderr: '' };
  child.stdout?.on('data', chunk => {
    printed.stdout += chunk;
  });
  child.stderr?.on('data', chunk => {
    printed.stderr += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...printed };
}

/** The launcher beside a `bridge.ts` of the test's own, with the project's node_modules or without. */
function stageLauncher(bridge: string, { hasModules }: { readonly hasModules: boolean }): string {
  const root = join(folder, 'project');
  mkdirSync(join(root, 'cli'), { recursive: true });
  cpSync(join(ROOT, 'cli/launch.js'), join(root, 'cli/launch.js'));
  cpSync(join(ROOT, 'require-node.js'), join(root, 'require-node.js'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'cli/bridge.ts'), bridge);
  if (hasModules) symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

describe('bridge', () => {
  it('runs from any folder, and prints to the output that it was given', async () => {
    expect(await ended(launch(['version']))).toEqual({
      code: 0,
      signal: null,
      stdout: expect.stringMatching(/^oss-s3-bridge \d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  it('gives the exit code back', async () => {
    expect(await ended(launch(['nothing']))).toMatchObject({ code: 2, signal: null });
  });

  it('ends without a word when nobody reads its output any more', async () => {
    const child = launch(['--help']);
    child.stdout?.destroy();
    expect(await ended(child)).toMatchObject({ stderr: '' });
  });
});

describe('the launcher', () => {
  const PRINT = 'process.stdout.write(JSON.stringify([process.version, process.execArgv, process.env.FROM_FILE]))';

  it('runs the pinned Node, with .env of the current folder', async () => {
    writeFileSync(join(folder, '.env'), 'FROM_FILE=yes\n');
    const root = stageLauncher(PRINT, { hasModules: true });
    const { stdout } = await ended(launch([], root));
    expect(JSON.parse(stdout)).toEqual([
      expect.stringMatching(/^v24\./),
      ['--disable-warning=DEP0169', '--env-file=.env'],
      'yes',
    ]);
  });

  it('gives the worker the small heap that it has elsewhere, and no other command', async () => {
    const root = stageLauncher(PRINT, { hasModules: true });
    const flags = async (...args: string[]) => JSON.parse((await ended(launch(args, root))).stdout)[1];
    expect(await flags('worker')).toEqual([
      '--disable-warning=DEP0169',
      '--max-semi-space-size=2',
      '--max-old-space-size=128',
    ]);
    expect(await flags('local')).toEqual(['--disable-warning=DEP0169']);
  });

  it('runs on the Node at hand when the pinned one is missing and this one is new enough', async () => {
    const { code, stdout } = await ended(launch([], stageLauncher(PRINT, { hasModules: false })));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)[0]).toBe(process.version);
  });

  const WAIT = `
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => { console.log(name); process.exit(7); });
    console.log('ready'); setInterval(() => {}, 1000);`;
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on, and ends when the program does', async signal => {
    const child = launch([], stageLauncher(WAIT, { hasModules: true }));
    const end = ended(child);
    child.stdout?.once('data', () => child.kill(signal));
    expect(await end).toMatchObject({ code: 7, stdout: `ready\n${signal}\n` });
  });

  it('ends by the signal that ended the program', async () => {
    const root = stageLauncher("process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);", {
      hasModules: true,
    });
    expect(await ended(launch([], root))).toMatchObject({ code: null, signal: 'SIGTERM' });
  });
});
