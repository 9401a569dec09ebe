// A ledger that cannot be written: the disk is full, or read-only. It is imitated by a limit on the size of the worker's files (every write
// beyond it fails), which can be put on a running process and lifted again.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareStores } from '../../local/compare-stores.ts';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { type Bridge, deadLetters, SETTLE, startBridge } from './bridge.ts';
import { createGate, type Gate } from './gate.ts';
import { request, startBackfill, untilDone } from './worker-api.ts';

const PRLIMIT = '/usr/bin/prlimit';
const OBJECTS = 40;
/** The longest that the worker puts work back for when it cannot be done for anybody. */
const TROUBLE_SECONDS = 61;
/** The pause between two polls of a worker that may not receive, and some. */
const TWO_POLLS_MILLISECONDS = 2_000;

let bridge: Bridge;
let gate: Gate;

beforeEach(async () => {
  gate = createGate();
  bridge = await startBridge({
    intercept: {
      oss: async ({ operation, key = '' }) => {
        if (operation === 'GetObject' && key.startsWith('held/')) await gate.pass();
        return false;
      },
    },
  });
});
afterEach(async () => {
  gate.open();
  await bridge.close();
});

function limitFileSizes({ process: { pid } }: WorkerProcess, limit: '1' | 'unlimited'): void {
  execFileSync(PRLIMIT, [`--pid=${pid}`, `--fsize=${limit}:`]);
}

async function problemsOf(worker: WorkerProcess): Promise<unknown> {
  return (await request(worker, 'GET /readyz')).body;
}

test.runIf(existsSync(PRLIMIT))(
  'while the ledger cannot be written nothing more is received, everybody is told, and then it goes on where it was',
  async () => {
    await seedStore(
      bridge.source,
      Array.from({ length: OBJECTS }, (_, index) => ({ key: `held/${index}`, sizeBytes: 100, metadata: {} })),
    );
    const worker = await bridge.startWorker();
    const { id } = await startBackfill(worker);
    await expect.poll(() => gate.waiting, SETTLE).toBeGreaterThan(0);

    limitFileSizes(worker, '1');
    gate.open();
    await expect
      .poll(() => problemsOf(worker), SETTLE)
      .toMatchObject({
        ready: false,
        problems: [{ code: 'ledger-unavailable', message: expect.stringMatching('ledger') }],
      });
    const another = { headers: { 'content-type': 'application/json' }, body: '{"force":true}' };
    expect(await request(worker, 'POST /backfill', another)).toMatchObject({
      status: 503,
      body: { code: 'ledger-unavailable', detail: expect.stringMatching('Check the volume') },
    });
    expect(await request(worker, 'GET /livez')).toMatchObject({ status: 200 });
    // A poll that was under way still brings what comes first.
    await bridge.oss.put('first', Buffer.from('first'));
    await expect.poll(() => bridge.destination.find('first'), SETTLE).toBeDefined();
    await bridge.oss.put('waits', Buffer.from('waits'));
    await delay(TWO_POLLS_MILLISECONDS);
    expect(bridge.cloud.sqs.peek(LOCAL.liveQueue)).toMatchObject([{ receiveCount: 0 }]);

    limitFileSizes(worker, 'unlimited');
    await expect.poll(() => problemsOf(worker), SETTLE).toEqual({ ready: true, problems: [] });
    // Before time passes: what is in hand would be lost to others.
    await expect.poll(() => bridge.cloud.sqs.peek(LOCAL.liveQueue), SETTLE).toEqual([]);
    bridge.passQueueTime(TROUBLE_SECONDS);
    expect(await untilDone(worker, id)).toMatchObject({ found: OBJECTS, copied: OBJECTS, failed: 0 });
    await bridge.untilQuiet();
    expect(await compareStores(bridge.source, bridge.destination)).toMatchObject({
      lost: [],
      different: [],
      identical: { objects: OBJECTS + 2 },
    });
    expect(deadLetters(bridge)).toEqual([]);
  },
);
