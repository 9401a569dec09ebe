// The image under `docker compose`, on one machine: what it may do, what its commands say, and how it ends. The ledger is the file on the volume.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareStores } from '../../local/compare-stores.ts';
import { seedStore } from '../../local/demo/seed-store.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { type Bridge, deadLetters } from '../acceptance/bridge.ts';
import { findBackfill, untilDone } from '../acceptance/worker-api.ts';
import { expectNoBugInLog } from '../faults/moved-verdict.ts';
import { type ContainerFleet, startContainerFleet } from './container-fleet.ts';
import { dockerOutput } from './engine.ts';
import { startStage } from './stage.ts';

const FEW = objects('few/', 50);
const MANY = [...objects('many/', 2_000), { key: 'many/large', sizeBytes: 20 * MEBIBYTE, metadata: {} }];
/** So slow that the grace period ends first. */
const SLOW = { milliseconds: 2_000, jitterMilliseconds: 1_000 };
const SETTLE = { timeout: 60_000, interval: 100 };

let bridge: Bridge;
let fleet: ContainerFleet;

beforeAll(async () => {
  bridge = await startStage();
  await seedStore(bridge.source, [...FEW, ...MANY]);
  // As .env.example has it.
  const environment = { ...bridge.cloud.environment, LEDGER_URL: 'sqlite:data/ledger.db' };
  fleet = await startContainerFleet({ size: 2, environment });
});
afterAll(async () => {
  if (fleet !== undefined) await writeFile(join(bridge.folder, 'worker.log'), await fleet.log());
  await fleet?.close();
  await bridge?.close();
});

function objects(prefix: string, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    key: `${prefix}${index}`,
    sizeBytes: (index * 997) % 65_536,
    metadata: {},
  }));
}

async function inShell(command: string): Promise<string> {
  return await fleet.compose.output('exec', '--no-TTY', 'worker', 'sh', '-c', command);
}

test('it is nobody special, has no rights, and can write on nothing but the volume and /tmp', async () => {
  expect(await inShell('id -u')).toBe('1000');
  expect(await inShell('grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/1/status | tr "\\n\\t" ",:"')).toBe(
    'CapEff::0000000000000000,CapBnd::0000000000000000,NoNewPrivs::1,',
  );
  const isWritable = 'for f in /app /home/node /etc /tmp /data; do touch $f/x 2>/dev/null && rm $f/x && echo $f; done';
  expect(await inShell(`${isWritable}; true`)).toBe('/tmp\n/data');
});

test('all of it is healthy, and answers on this machine alone', async () => {
  for (const { name } of fleet.workers) {
    expect(await dockerOutput('inspect', '--format', '{{.State.Health.Status}}', name)).toBe('healthy');
    expect(await dockerOutput('port', name)).toMatch(/^8080\/tcp -> 127\.0\.0\.1:\d+$/);
  }
});

test('`docker compose run --rm worker doctor` has nothing to mend, and sees both workers on the ledger', async () => {
  const { code, stdout, stderr } = await fleet.compose.run('run', '--rm', '--no-TTY', 'worker', 'doctor');
  expect({ code, wrong: stdout.match(/^(warning|problem) .*/gm), stderr }).toMatchObject({ code: 0, wrong: null });
  expect(stdout).toMatch(/^ok +ledger +data\/ledger\.db .* in the last minute: 2\.$/m);
  expect(stdout).toMatch(/^ok +s3-write /m);
});

test('`docker compose exec worker bridge backfill` starts one, looks on until it is done, and lists it', async () => {
  const watched = await fleet.bridge('backfill', 'start', '--prefix', 'few/', '--watch');
  expect(watched).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^.* done: 50 of 50 objects, .* 50 copied/m),
  });
  const again = await fleet.bridge('backfill', 'watch');
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('done: 50 of 50 objects') });
  const list = await fleet.bridge('backfill', 'list', '--json');
  expect(JSON.parse(list.stdout)).toMatchObject({ backfills: [{ prefix: 'few/', state: 'done', copied: 50 }] });
});

test('`docker compose stop` in the midst of work ends both with 0; started again, they go on from the ledger on the volume', async () => {
  const fault = { service: 'oss', operation: 'GetObject', fault: { kind: 'latency', ...SLOW } } as const;
  const slow = bridge.cloud.faults.add(fault);
  const started = await fleet.bridge('backfill', 'start', '--prefix', 'many/', '--json');
  const { id } = JSON.parse(started.stdout) as { readonly id: string };
  const copied = async () => (await findBackfill(await fleet.any(), id)).copied;
  await expect.poll(copied, SETTLE).toBeGreaterThan(200);
  await fleet.compose.output('stop', 'worker');
  const states = await Promise.all(fleet.workers.map(worker => worker.inspect()));
  expect(states.map(({ State }) => State)).toMatchObject([
    { Status: 'exited', ExitCode: 0 },
    { Status: 'exited', ExitCode: 0 },
  ]);
  const moved = (await bridge.destination.list({ prefix: 'many/', startAfter: '', limit: MANY.length })).length;
  expect(moved).toBeLessThan(MANY.length);

  bridge.cloud.faults.remove(slow);
  for (const worker of fleet.workers) await worker.start();
  const backfill = await untilDone(await fleet.any(), id);
  expect(backfill).toMatchObject({ found: MANY.length, copied: MANY.length, failed: 0, skipped: 0 });
  await bridge.untilQuiet();
  expect(await compareStores(bridge.source, bridge.destination)).toMatchObject({
    identical: { objects: FEW.length + MANY.length },
    ...{ lost: [], extra: [], different: [] },
  });
  expect(deadLetters(bridge)).toEqual([]);
  await writeFile(join(bridge.folder, 'worker.log'), await fleet.log());
  await expectNoBugInLog(bridge);
});
