// Supervisors that signal one process alone know npm's: what it runs must hear of it, and must not live on when npm is gone.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { noteSecrets } from '../secrets/note-secrets.ts';
import { startBridge } from './bridge.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const START = { timeout: 20_000, interval: 50 };
const TIMEOUT_MILLISECONDS = 60_000;

test(
  'SIGTERM for `npm run worker` stops the worker, whose exit code is npm’s',
  async () => {
    const bridge = await startBridge();
    onTestFinished(() => bridge.close());
    const npm = spawn('npm', ['run', 'worker'], {
      cwd: ROOT,
      env: { ...bridge.environment, PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that whatever is left of it can be ended.
      detached: true,
    });
    let printed = '';
    for (const stream of [npm.stdout, npm.stderr]) stream.on('data', chunk => (printed += chunk));
    const exited = once(npm, 'exit').then(([code]) => code as number | null);
    onTestFinished(() => {
      endGroup(npm.pid);
      noteSecrets(printed, { origin: 'output of a worker of stop-under-npm.test.ts' });
    });
    const url = () => /"message":"Listening\.","url":"([^"]+)"/.exec(printed)?.[1];
    await expect.poll(url, START).toBeDefined();
    const isReady = async () => (await fetch(`${url()}/readyz`)).status;
    await expect.poll(isReady, START).toBe(200);

    npm.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(printed).toContain('"message":"Stopped."');
    await expect(fetch(`${url()}/livez`)).rejects.toThrow();
  },
  TIMEOUT_MILLISECONDS,
);

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // all of it has ended
  }
}
