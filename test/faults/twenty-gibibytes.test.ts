// One object of 20 GiB, of computed content, to a bucket that keeps its checksums alone; its worker is killed five times on the way.

import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { compareStores } from '../../local/compare-stores.ts';
import { ChecksumObjectStore } from '../../local/store/checksum-object-store.ts';
import { ComputedObjectStore } from '../../local/store/computed-object-store.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { GIBIBYTE, MEBIBYTE } from '../../shared/limits.ts';
import { startBridge } from '../acceptance/bridge.ts';
import { countObjectBytes } from '../acceptance/count-object-bytes.ts';
import { findBackfill, startBackfill } from '../acceptance/worker-api.ts';
import { createRandom } from '../simulation/random.ts';
import { chooseSeed } from './chosen-seed.ts';
import { expectNoBugInLog, expectNothingLeft } from './moved-verdict.ts';
import { tellRun } from './tell-run.ts';

const SIZE_BYTES = Number(process.env.FAULTS_LARGE_GIBIBYTES ?? 20) * GIBIBYTE;
const LARGE = { key: 'backups/large.tar', sizeBytes: SIZE_BYTES, metadata: { kind: 'backup' } };
const SMALLER = { key: 'backups/small.tar', sizeBytes: 11 * MEBIBYTE };
const TOTAL_BYTES = LARGE.sizeBytes + SMALLER.sizeBytes;
const KILLS = 5;
const MAX_READ_AGAIN = 1.2;
const MAX_MEMORY_BYTES = 256 * MEBIBYTE;
/** More than SQS_VISIBILITY_TIMEOUT_SECONDS: what a dead worker held is visible again. */
const AFTER_VISIBILITY_SECONDS = 301;
const LOOK_EVERY_MILLISECONDS = 50;
const TIMEOUT_MILLISECONDS = 900_000;

test(
  'an object of 20 GiB whose worker is killed five times is moved right, is hardly read again, and takes little memory',
  async () => {
    const seed = chooseSeed();
    const random = createRandom(seed);
    const read = countObjectBytes();
    const bridge = await startBridge({
      source: new ComputedObjectStore({ objects: [LARGE, SMALLER] }),
      destination: new ChecksumObjectStore({ crc64: true }),
      intercept: {
        oss: ({ operation, response }) => {
          if (operation === 'GetObject') read.count(response);
          return false;
        },
      },
    });
    const peaks: number[] = [];
    const notePeak = async (worker: WorkerProcess) => peaks.push((await worker.peakMemoryBytes()) ?? 0);
    try {
      const startedAt = performance.now();
      let worker = await bridge.startWorker();
      const { id } = await startBackfill(worker);
      for (let kill = 0; kill < KILLS; kill++) {
        const killAtBytes = (SIZE_BYTES * (kill + random.next())) / KILLS;
        while (read.bytes < killAtBytes) await delay(LOOK_EVERY_MILLISECONDS);
        await notePeak(worker);
        await worker.kill();
        bridge.passQueueTime(AFTER_VISIBILITY_SECONDS);
        worker = await bridge.startWorker();
      }
      while ((await findBackfill(worker, id)).state !== 'done') await delay(LOOK_EVERY_MILLISECONDS);
      const seconds = (performance.now() - startedAt) / 1000;
      await bridge.untilQuiet();
      await notePeak(worker);
      tellRun('twenty-gibibytes', {
        seed,
        kills: KILLS,
        sizeMebibytes: SIZE_BYTES / MEBIBYTE,
        readTwiceMebibytes: Math.round((read.bytes - TOTAL_BYTES) / MEBIBYTE),
        peakMebibytes: peaks.map(bytes => Math.round(bytes / MEBIBYTE)),
        seconds: Math.round(seconds),
        mebibytesPerSecond: Math.round(read.bytes / MEBIBYTE / seconds),
      });
      expect(await findBackfill(worker, id)).toMatchObject({
        found: 2,
        copied: 2,
        skipped: 0,
        failed: 0,
        bytes: { found: TOTAL_BYTES, copied: TOTAL_BYTES },
      });
      // By the CRC-32 and CRC-64 that each store has computed of its own bytes.
      expect(await compareStores(bridge.source, bridge.destination)).toEqual({
        identical: { objects: 2, bytes: TOTAL_BYTES },
        lost: [],
        extra: [],
        different: [],
      });
      expect(await worker.stop()).toBe(0);
      await expectNothingLeft(bridge);
      await expectNoBugInLog(bridge);
      expect(read.bytes).toBeGreaterThanOrEqual(TOTAL_BYTES);
      expect(read.bytes).toBeLessThanOrEqual(MAX_READ_AGAIN * TOTAL_BYTES);
      expect(peaks).toHaveLength(KILLS + 1);
      for (const peak of peaks) {
        expect(peak).toBeGreaterThan(0);
        expect(peak).toBeLessThanOrEqual(MAX_MEMORY_BYTES);
      }
    } finally {
      await bridge.close();
    }
  },
  TIMEOUT_MILLISECONDS,
);
