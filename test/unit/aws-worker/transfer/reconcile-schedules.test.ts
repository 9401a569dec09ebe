// Random schedules: two workers take turns, call by call, while the source changes and workers crash. A message stands for each change and is
// worked on until a reconcile has ended well. When none is left, the destination must be the source's last version. The seed that failed
// is in the test's name.

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createBufferPool } from '../../../../aws-worker/transfer/buffer-pool.ts';
import { BridgeError } from '../../../../shared/bridge-error.ts';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import { createSteps } from '../../../fakes/steps.ts';
import {
  createTransferFixture,
  KEY,
  LARGE,
  OTHER,
  OTHER_LARGE,
  SMALL,
  type TransferFixture,
} from './transfer-fixture.ts';

const WORKERS = 2;
const CHANGES = 3;
const MAX_TURNS = 5_000;
const buffers = createBufferPool({ maxIdleBytes: 64 * MEBIBYTE });

class Crash extends Error {}

interface Worker {
  /** The size that its message says; undefined: idle. */
  hintBytes: number | undefined;
  /** Lets it take its next step, or crash there; undefined while it is not at a step. */
  go: ((crash: boolean) => void) | undefined;
  crashed: boolean;
}

type Random = (below: number) => number;

function seeded(seed: number): Random {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const CONTENTS = [SMALL, OTHER, LARGE, OTHER_LARGE];

async function play(fixture: TransferFixture, random: Random, crashes: number): Promise<void> {
  const messages: number[] = [];
  const failures: unknown[] = [];
  const workers: Worker[] = Array.from({ length: WORKERS }, () => ({
    hintBytes: undefined,
    go: undefined,
    crashed: false,
  }));
  let changesLeft = CHANGES;
  let crashesLeft = crashes;

  const change = () => {
    changesLeft -= 1;
    const before = fixture.source.current(KEY)?.bytes;
    const bytes = CONTENTS[random(CONTENTS.length)] ?? SMALL;
    // The same bytes again are a change of metadata.
    fixture.source.write(KEY, { bytes, metadata: bytes === before ? { changed: String(changesLeft) } : {} });
    messages.push(bytes.length);
  };
  const start = (worker: Worker, hintBytes: number) => {
    worker.hintBytes = hintBytes;
    worker.crashed = false;
    const steps = createSteps<string>();
    steps.each(async () => {
      const crash = worker.crashed || (await new Promise<boolean>(resolve => (worker.go = resolve)));
      worker.go = undefined;
      if (!crash) return;
      worker.crashed = true;
      throw new Crash();
    });
    fixture
      .worker(steps)({ sizeHintBytes: hintBytes })
      .catch(error => {
        messages.push(hintBytes);
        if (!(error instanceof Crash) && !(error instanceof BridgeError && error.kind === 'retryable'))
          failures.push(error);
      })
      .finally(() => {
        worker.hintBytes = undefined;
      });
  };

  change();
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    await nextTurn();
    if (failures.length > 0) throw failures[0];
    const idle = workers.find(worker => worker.hintBytes === undefined);
    const busy = workers.filter(worker => worker.hintBytes !== undefined);
    const ready = busy.filter(worker => worker.go !== undefined);
    if (messages.length === 0 && busy.length === 0 && changesLeft === 0) return;
    const dice = random(100);
    const chosen = ready[random(Math.max(1, ready.length))];
    if (changesLeft > 0 && (dice < 4 || (messages.length === 0 && busy.length === 0))) change();
    else if (crashesLeft > 0 && dice < 7 && chosen !== undefined) {
      crashesLeft -= 1;
      chosen.go?.(true);
    } else if (idle !== undefined && messages.length > 0 && dice < 40) {
      start(idle, messages.splice(random(messages.length), 1)[0] ?? 0);
    } else if (chosen !== undefined) chosen.go?.(false);
    else await sleep(0);
  }
  throw new Error('It does not come to an end.');
}

/** A message that says no size: an upload may have been left by a worker whose message said too small a one. */
async function lookForUploads(fixture: TransferFixture): Promise<void> {
  await fixture.reconcile({ sizeHintBytes: undefined });
}

const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test.each(seeds(60))('schedule %d ends with the last version, and nothing left behind', async seed => {
  const fixture = await createTransferFixture({ settings: { maxRounds: 3 }, buffers });
  await play(fixture, seeded(seed), 0);
  await lookForUploads(fixture);
  await fixture.expectEqual();
  fixture.expectFreed();
});

test.each(seeds(60))('schedule %d with crashes ends with the last version', async seed => {
  const fixture = await createTransferFixture({ settings: { maxRounds: 3 }, buffers });
  await play(fixture, seeded(seed * 7919), 2);
  await lookForUploads(fixture);
  await fixture.expectEqual();
});

test('the schedules reach what they are about', async () => {
  const calls = new Set<string>();
  for (const seed of seeds(20)) {
    const fixture = await createTransferFixture({ settings: { maxRounds: 3 }, buffers });
    await play(fixture, seeded(seed), 0);
    for (const call of [...fixture.destination.calls, ...fixture.source.calls]) calls.add(call);
  }
  const expected = [
    'abortUpload',
    'completeUpload',
    'createUpload',
    'head',
    'listParts',
    'listUploads',
    'put',
    'uploadPart',
  ];
  expect([...calls].sort()).toEqual([...expected, 'open', 'read'].sort());
});
