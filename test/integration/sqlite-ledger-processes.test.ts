// Several processes on one file, as several workers of one machine share it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteLedger } from '../../aws-worker/ledger/sqlite-ledger.ts';
import { createLog } from '../../shared/log.ts';

const BATCHES = 100;
const CHILD = new URL('../fixtures/settle-all-batches.ts', import.meta.url).pathname;

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-ledger-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'data', 'ledger.db');
}

function run(path: string, workerId: string, ending = 'at-end') {
  const child = spawn(process.execPath, [CHILD, path, workerId, String(BATCHES), ending], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  // A child that was killed reads no more.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`The process ${workerId} ended before it said what it did.`);
    return value;
  };
  return { child, nextLine, goOn: () => child.stdin.write('go\n') };
}

/** Runs them so that all open the ledger at once, and none works before all have started their backfill. */
async function runTogether(path: string, workerIds: readonly string[]) {
  const running = workerIds.map(id => run(path, id));
  for (const where of ['ready', 'started']) {
    expect(await Promise.all(running.map(each => each.nextLine()))).toEqual(workerIds.map(() => where));
    for (const each of running) each.goOn();
  }
  return (await Promise.all(running.map(each => each.nextLine()))).map(line => JSON.parse(line));
}

async function openLedger(path: string) {
  const ledger = await openSqliteLedger({ path, workerId: 'test', log: createLog({ level: 'silent' }) });
  onTestFinished(() => ledger.close());
  return ledger;
}

test('several processes make the file, one backfill, each batch and each settlement once', async () => {
  const path = newPath();
  const reports = await runTogether(path, ['one', 'two', 'three', 'four']);
  const sum = (name: string) => reports.reduce((total, report) => total + report[name], 0);
  expect(new Set(reports.map(report => report.backfill)).size).toBe(1);
  expect(sum('isNew')).toBe(1);
  expect(sum('checkpoints')).toBe(BATCHES);
  expect(sum('settled')).toBe(2 * BATCHES);
  expect(reports.map(report => report.isDone)).toContain(true);
  expect(await (await openLedger(path)).findBackfill(reports[0].backfill)).toMatchObject({
    status: 'done',
    counts: {
      found: { objects: 3 * BATCHES, bytes: 30 * BATCHES },
      byOutcome: { copied: { objects: 2 * BATCHES }, skipped: { objects: BATCHES } },
      remaining: { objects: 0, bytes: 0 },
    },
  });
});

test('processes that are killed at any moment leave a whole ledger, and the next one ends the work', async () => {
  const path = newPath();
  const ledger = await openLedger(path);
  const progress = async () => {
    const [backfill] = await ledger.listBackfills({ limit: 1 });
    const { found, byOutcome } = backfill?.counts ?? {};
    return (found?.objects ?? 0) + (byOutcome?.copied.objects ?? 0) + (byOutcome?.skipped.objects ?? 0);
  };
  // In the midst of checkpoints (up to 3 * BATCHES), then of settlements (up to 6 * BATCHES).
  for (const killAt of [30, 200, 310, 500]) {
    const { child, goOn } = run(path, `killed-${killAt}`, 'until-killed');
    goOn();
    goOn();
    const closed = once(child, 'close');
    while ((await progress()) < killAt) await new Promise(resolve => setTimeout(resolve, 1));
    child.kill('SIGKILL');
    await closed;
  }
  const [report] = await runTogether(path, ['last']);
  expect(report).toMatchObject({ isNew: false, isDone: true });
  expect(await ledger.listBackfills({ limit: 9 })).toHaveLength(1);
  const counts = (await ledger.findBackfill(report.backfill))?.counts;
  expect(counts).toMatchObject({
    found: { objects: 3 * BATCHES },
    byOutcome: { copied: { objects: 2 * BATCHES }, skipped: { objects: BATCHES } },
    remaining: { objects: 0, bytes: 0 },
    openRanges: 0,
    unpaidBatches: 0,
    unpaidObjects: 0,
  });
});
