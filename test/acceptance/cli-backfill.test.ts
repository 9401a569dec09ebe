// `bridge backfill …` on the whole product: the real program, a real worker, the local cloud.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seedStore } from '../../local/demo/seed-store.ts';
import { startWorkerProcess, type WorkerProcess } from '../../local/worker-process.ts';
import { type Bridge, SETTLE, startBridge } from './bridge.ts';
import { createGate, type Gate } from './gate.ts';
import { runCli, startCli } from './run-cli.ts';

/** More than SQS_VISIBILITY_TIMEOUT_SECONDS: what a dead worker held is visible again. */
const AFTER_VISIBILITY_SECONDS = 310;

/** S3 takes 2 KB of metadata: such an object fails for good, at once. */
const TOO_MUCH_METADATA = { album: 'x'.repeat(3_000) };
const HOSTILE = ['\u001b[2J\u001b]0;title\u0007', 'two\nlines', '\u202egpj.exe', '西湖'];

describe('a backfill from its start to its end', () => {
  let bridge: Bridge;
  let worker: WorkerProcess;
  let id: string;
  beforeAll(async () => {
    bridge = await startBridge();
    await seedStore(bridge.source, [
      { key: 'fine', sizeBytes: 1_000, metadata: {} },
      ...HOSTILE.map(key => ({ key: `bad/${key}`, sizeBytes: 10, metadata: TOO_MUCH_METADATA })),
    ]);
    worker = await bridge.startWorker();
  });
  afterAll(async () => {
    await bridge?.close();
  });

  test('before it there is none, and that is said', async () => {
    expect(await runCli(worker, 'backfill', 'list')).toEqual({
      code: 0,
      stdout: 'There is no backfill yet; `bridge backfill start` starts one.\n',
      stderr: '',
    });
    expect(await runCli(worker, 'backfill', 'show')).toMatchObject({ code: 1, stdout: '' });
  });

  test('`start --watch` looks on until it is done, and says with 3 that something failed', async () => {
    const { code, stdout, stderr } = await runCli(worker, 'backfill', 'start', '--watch');
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    id = /^Backfill (\S+) of all objects, mode missing\n/.exec(stdout)?.[1] ?? '';
    expect(stdout).toMatch(/^\S+Z done: 5 of 5 objects, .*, 4 failed, 1 copied$/m);
    expect(stdout).toContain(`\nBackfill ${id}: done\n`);
    expect(stdout).toContain(`bridge backfill failures ${id} lists what failed`);
  });

  test('`list` and `show` tell of it, to people and to programs', async () => {
    const list = await runCli(worker, 'backfill', 'list');
    expect(list.stdout.split('\n')[1]).toMatch(new RegExp(`^${id} +done +missing +5 +0 +4 .* \\(all objects\\)$`));
    const shown = await runCli(worker, 'backfill', 'show', 'latest', '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ id, state: 'done', found: 5, copied: 1, failed: 4 });
    const listed = await runCli(worker, 'backfill', 'list', '--json', '--limit', '1');
    expect(JSON.parse(listed.stdout)).toEqual({ backfills: [JSON.parse(shown.stdout)] });
  });

  test('`failures` names each object on a line of its own, whatever its key holds', async () => {
    const { code, stdout } = await runCli(worker, 'backfill', 'failures', id);
    const lines = stdout.trimEnd().split('\n');
    expect({ code, lines: lines.length }).toEqual({ code: 0, lines: HOSTILE.length });
    for (const line of lines) expect(line).toMatch(/^\S+ \S+ UTC {2}metadata-too-large {2}"bad\/.*" {2}10 B {2}\S/);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const limited = await runCli(worker, 'backfill', 'failures', id, '--limit', '1');
    expect(limited.stdout).toBe(`${lines[0]}\n`);
    const json = await runCli(worker, 'backfill', 'failures', id, '--json');
    const keys = json.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).key);
    expect(keys.sort()).toEqual(HOSTILE.map(key => `bad/${key}`).sort());
  });

  test('`retry-failed` tries again what was mended, and then nothing has failed', async () => {
    await seedStore(
      bridge.source,
      HOSTILE.map(key => ({ key: `bad/${key}`, sizeBytes: 10, metadata: {} })),
    );
    const retried = await runCli(worker, 'backfill', 'retry-failed', id);
    expect(retried).toMatchObject({ code: 0, stdout: expect.stringContaining(`bridge backfill watch ${id}`) });
    expect(await runCli(worker, 'backfill', 'watch', id)).toMatchObject({ code: 0, stderr: '' });
    expect((await runCli(worker, 'backfill', 'failures', id)).stdout).toBe('Nothing has failed.\n');
  });

  test('what it does not allow any more is refused in a sentence', async () => {
    expect(await runCli(worker, 'backfill', 'pause', id)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The backfill is done; it cannot be paused.\n',
    });
  });
});

describe('a backfill that is under way', () => {
  let bridge: Bridge;
  let worker: WorkerProcess;
  let gate: Gate;
  beforeEach(async () => {
    gate = createGate();
    bridge = await startBridge({
      intercept: {
        oss: async ({ operation }) => {
          if (operation === 'GetObject') await gate.pass();
          return false;
        },
      },
    });
    await seedStore(
      bridge.source,
      Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, sizeBytes: 10, metadata: {} })),
    );
    worker = await bridge.startWorker({ SHUTDOWN_GRACE_SECONDS: '0' });
    expect((await runCli(worker, 'backfill', 'start', '--prefix', 'k')).code).toBe(0);
    await expect.poll(() => gate.waiting, SETTLE).toBeGreaterThan(0);
  });
  afterEach(async () => {
    gate.open();
    await bridge?.close();
  });

  test('is found by the same `start`, not started again', async () => {
    const { stdout } = await runCli(worker, 'backfill', 'start', '--prefix', 'k', '--json');
    const { backfills } = JSON.parse((await runCli(worker, 'backfill', 'list', '--json')).stdout);
    expect(backfills).toEqual([expect.objectContaining({ id: JSON.parse(stdout).id, prefix: 'k' })]);
  });

  test('is paused, resumed and cancelled; `watch` ends with 1 at a pause and at a cancel', async () => {
    const watching = startCli(worker, ['backfill', 'watch']);
    await expect.poll(() => watching.printed.stdout, SETTLE).toContain('copying:');
    const paused = await runCli(worker, 'backfill', 'pause', 'latest');
    expect(paused).toMatchObject({ code: 0, stdout: expect.stringMatching(/mode missing: paused\n.*resume/) });
    expect(await watching.ended).toMatchObject({ code: 1, stdout: expect.stringContaining(': paused\n') });
    const resumed = await runCli(worker, 'backfill', 'resume', 'latest', '--json');
    expect(JSON.parse(resumed.stdout)).toMatchObject({ state: 'copying' });
    expect(await runCli(worker, 'backfill', 'cancel', 'latest')).toMatchObject({ code: 0 });
    expect(await runCli(worker, 'backfill', 'watch')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(': cancelled\n'),
    });
  });

  test('goes on when who watches it is interrupted', async () => {
    const watching = startCli(worker, ['backfill', 'watch']);
    await expect.poll(() => watching.printed.stdout, SETTLE).toContain('copying:');
    watching.process.kill('SIGINT');
    expect(await watching.ended).toMatchObject({ code: 130, stderr: expect.stringContaining('The backfill goes on.') });
    gate.open();
    expect(await runCli(worker, 'backfill', 'watch')).toMatchObject({ code: 0 });
  });

  test('is watched through a restart of the worker, to its end', async () => {
    const watching = startCli(worker, ['backfill', 'watch']);
    await expect.poll(() => watching.printed.stdout, SETTLE).toContain('copying:');
    await worker.kill();
    await expect.poll(() => watching.printed.stderr, SETTLE).toContain('Asking again.\n');
    gate.open();
    bridge.passQueueTime(AFTER_VISIBILITY_SECONDS);
    const port = Number(new URL(worker.url).port);
    const next = await startWorkerProcess({
      environment: bridge.environment,
      port,
      logFile: `${bridge.folder}/next-worker.log`,
    });
    const { code, stdout, stderr } = await watching.ended;
    await next.kill();
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^.*Asking again\.\nIt answers again\.\n$/),
    });
    expect(stdout).toMatch(/done: 20 of 20 objects/);
  });
});
