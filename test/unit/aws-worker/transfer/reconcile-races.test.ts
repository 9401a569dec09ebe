// One worker is followed through every step that it makes, each in turn with something that happens at that very moment: the source is
// written and another worker reconciles it to the end, another tool writes to the destination, the worker crashes. In the end, when all
// messages are worked off, the destination must be the source's last version, and no upload or row may be left.

import { describe, expect, test } from 'vitest';
import { createBufferPool } from '../../../../aws-worker/transfer/buffer-pool.ts';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import { createSteps, type Step } from '../../../fakes/steps.ts';
import {
  createTransferFixture,
  KEY,
  LARGE,
  OTHER,
  OTHER_LARGE,
  SMALL,
  type TransferFixture,
} from './transfer-fixture.ts';

type Happening = (fixture: TransferFixture) => void | Promise<void>;
type Scene = (fixture: TransferFixture) => void | Promise<void>;

const MAX_STEPS = 200;
const buffers = createBufferPool({ maxIdleBytes: 64 * MEBIBYTE });

/** The worker crashes: what it had sent stays, and it makes no step more. */
class Crash extends Error {}

/** Follows one worker: `at` is called at each of its steps with the number of the step, from 0. Returns how many there were. */
async function follow(
  fixture: TransferFixture,
  at: (step: number, what: Step) => void | Promise<void>,
): Promise<number> {
  const steps = createSteps<string>();
  let step = 0;
  let crash: Crash | undefined;
  steps.each(async what => {
    if (crash !== undefined) throw crash;
    try {
      await at(step++, what);
    } catch (error) {
      if (error instanceof Crash) crash = error;
      throw error;
    }
  });
  await fixture.worker(steps)({ sizeHintBytes: hintOf(fixture) });
  return step;
}

function hintOf({ source }: TransferFixture): number | undefined {
  return source.current(KEY)?.object.sizeBytes;
}

/** Plays the scene again and again, with the happening at each step in turn, until the worker makes no further step. */
async function atEveryStep(scene: Scene, happening: Happening, check: (fixture: TransferFixture) => Promise<void>) {
  for (let at = 0; at < MAX_STEPS; at++) {
    const fixture = await createTransferFixture({ settings: { maxRounds: 10 }, buffers });
    await scene(fixture);
    let where: Step | undefined;
    await follow(fixture, async (step, what) => {
      if (step !== at) return;
      where = what;
      await happening(fixture);
    }).catch(error => {
      if (!(error instanceof Crash)) throw error;
    });
    try {
      await check(fixture);
    } catch (cause) {
      throw new Error(`It happened ${where?.phase} call ${where?.call} of ${where?.operation}.`, { cause });
    }
    if (where === undefined) {
      expect(at).toBeGreaterThan(2);
      return;
    }
  }
  throw new Error('The worker does not come to an end.');
}

/** The message of the write is worked on at once, by a worker that nothing disturbs. */
async function write(fixture: TransferFixture, bytes: Buffer): Promise<void> {
  fixture.source.write(KEY, { bytes, metadata: { size: String(bytes.length) } });
  await fixture.reconcile({ sizeHintBytes: bytes.length });
}

const scenes: readonly (readonly [string, Scene])[] = [
  ['a small object is created', ({ source }) => source.write(KEY, { bytes: SMALL })],
  [
    'a small object is replaced by a small one',
    async fixture => {
      await write(fixture, OTHER);
      fixture.source.write(KEY, { bytes: SMALL });
    },
  ],
  ['a large object is created', ({ source }) => source.write(KEY, { bytes: LARGE })],
  [
    'a small object is replaced by a large one',
    async fixture => {
      await write(fixture, OTHER);
      fixture.source.write(KEY, { bytes: LARGE });
    },
  ],
  [
    'a large object is replaced by a small one',
    async fixture => {
      await write(fixture, OTHER_LARGE);
      fixture.source.write(KEY, { bytes: SMALL });
    },
  ],
];

describe.each(scenes)('while %s', (_, scene) => {
  test.each<[string, Happening]>([
    ['the source is written and copied', fixture => write(fixture, Buffer.from('a third version'))],
    ['the source is written large and copied', fixture => write(fixture, Buffer.concat([OTHER_LARGE, SMALL]))],
    [
      'the source is written, copied, put back and copied',
      async fixture => {
        const before = fixture.source.current(KEY)?.bytes ?? SMALL;
        await write(fixture, OTHER);
        await write(fixture, before);
      },
    ],
    [
      'the source changes its metadata and is copied',
      async fixture => {
        fixture.source.updateMetadata(KEY, { owner: 'new' });
        await fixture.reconcile({ sizeHintBytes: hintOf(fixture) });
      },
    ],
    [
      'another worker copies the same',
      async fixture => void (await fixture.reconcile({ sizeHintBytes: hintOf(fixture) })),
    ],
  ])('%s', async (_, happening) => {
    await atEveryStep(scene, happening, fixture => fixture.expectEqual());
  });

  test('the source is written, and its message comes later', async () => {
    await atEveryStep(
      scene,
      ({ source }) => source.write(KEY, { bytes: OTHER }),
      async fixture => {
        await fixture.reconcile({ sizeHintBytes: hintOf(fixture) });
        await fixture.expectEqual();
      },
    );
  });

  test('the source is removed: no upload is left, and never half an object is there', async () => {
    await atEveryStep(
      scene,
      ({ source }) => source.remove(KEY),
      async fixture => {
        await fixture.expectNothingLeft();
        const sizes = [undefined, SMALL, OTHER, LARGE, OTHER_LARGE].map(bytes => bytes?.length);
        expect(sizes).toContain(fixture.destination.stored(KEY)?.bytes.length);
      },
    );
  });

  test('another tool writes to the destination: its write is seen, never overwritten blindly, and the source wins', async () => {
    await atEveryStep(
      scene,
      ({ destination }) => destination.overwrite(KEY, Buffer.from('of another tool')),
      async fixture => {
        // Written after the last look it stays, until a message says that the key may have changed.
        await fixture.reconcile();
        await fixture.expectEqual();
      },
    );
  });

  test('another tool removes the destination', async () => {
    await atEveryStep(
      scene,
      ({ destination }) => destination.remove(KEY),
      async fixture => {
        await fixture.reconcile();
        await fixture.expectEqual();
      },
    );
  });

  test('a lifecycle rule drops the uploads', async () => {
    await atEveryStep(
      scene,
      ({ destination }) => destination.dropUploads(),
      async fixture => await fixture.expectEqual(),
    );
  });

  test('the worker crashes, and its message comes again', async () => {
    await atEveryStep(
      scene,
      () => {
        throw new Crash();
      },
      async fixture => {
        await fixture.reconcile({ sizeHintBytes: hintOf(fixture) });
        await fixture.expectEqual();
      },
    );
  });

  test('the worker crashes, the source is written, and both messages come', async () => {
    await atEveryStep(
      scene,
      ({ source }) => {
        source.write(KEY, { bytes: OTHER });
        throw new Crash();
      },
      async fixture => {
        await fixture.reconcile({ sizeHintBytes: LARGE.length });
        await fixture.reconcile({ sizeHintBytes: OTHER.length });
        await fixture.expectEqual();
      },
    );
  });
});

test('whatever happens at two moments, the source is written and put back', async () => {
  // At the first moment the source is written and copied; at the second it is what it was, its message worked on at once.
  for (let first = 0; ; first++) {
    let wasFirst = false;
    for (let second = first + 1; ; second++) {
      const fixture = await createTransferFixture({ settings: { maxRounds: 10 }, buffers });
      await write(fixture, OTHER);
      fixture.source.write(KEY, { bytes: SMALL });
      let wasSecond = false;
      await follow(fixture, async step => {
        if (step === first) {
          wasFirst = true;
          await write(fixture, OTHER);
        }
        if (step === second) {
          wasSecond = true;
          await write(fixture, SMALL);
        }
      });
      await fixture.expectEqual();
      if (!wasSecond) break;
    }
    if (!wasFirst) return;
  }
});
