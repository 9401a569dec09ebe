// A little of everything at once: live objects of each size, new and in the place of others, and a backfill. For faults that strike whoever asks.

import { setTimeout as delay } from 'node:timers/promises';
import type { BackfillBody } from '../../../aws-worker/http/backfill-view.ts';
import { LOCAL } from '../../../local/local-cloud.ts';
import { deadLettersOf } from '../../acceptance/dead-letters.ts';
import type { Standing } from '../../acceptance/moving-play.ts';
import { findBackfill, startBackfill } from '../../acceptance/worker-api.ts';
import type { MatrixBridge } from './matrix-bridge.ts';
import { keysOf, prepareScene, SCENES } from './scenes.ts';

export interface MuchWork {
  readonly liveKeys: readonly string[];
  readonly keys: readonly string[];
  /** Of them, those of 300 KiB: a live one, and one of the batch. */
  readonly smallReplaced: readonly string[];
  /** Events with Function Compute, the backfill started. Returns its id. */
  tell(): Promise<string>;
  /** Of both queues: bodies that are about this work. */
  messages(): readonly string[];
  standing(key: string): Promise<Pick<Standing, 'source' | 'destination' | 'failures' | 'deadLetters'>>;
  /** When no message is left, and the backfill is done. `idle` is called again and again while there is something left. */
  untilDone(idle?: () => void): Promise<BackfillBody>;
  forget(): Promise<void>;
}

const LIVE = [SCENES.tinyNew, SCENES.smallReplaced, SCENES.twoPartsNew];
const POLL_MILLISECONDS = 20;
const PATIENCE_MILLISECONDS = 60_000;

export async function prepareMuch(bridge: MatrixBridge, folder: string): Promise<MuchWork> {
  const { cloud, worker, ledger, source, destination } = bridge;
  const live = LIVE.map((scene, number) => ({ scene, folder: `${folder}/live ${number}` }));
  const batch = `${folder}/batch`;
  for (const { scene, folder: place } of live) await prepareScene(bridge, scene, place);
  await prepareScene(bridge, SCENES.batchReplaced, batch);
  const liveKeys = live.map(({ scene, folder: place }) => keysOf(scene, place).key);
  const batchKeys = keysOf(SCENES.batchReplaced, batch).all;
  const keys = [...liveKeys, ...batchKeys];
  let backfill = '';
  const messages = () =>
    [...cloud.sqs.peek(LOCAL.liveQueue), ...cloud.sqs.peek(LOCAL.backfillQueue)]
      .map(({ body }) => body)
      .filter(body => body.includes(JSON.stringify(folder).slice(0, -1)) || body.includes(backfill));

  return {
    liveKeys,
    keys,
    smallReplaced: [keysOf(SCENES.smallReplaced, `${folder}/live 1`).key, keysOf(SCENES.batchReplaced, batch).key],
    async tell() {
      for (const key of batchKeys) bridge.dropEvents(key);
      for (const key of liveKeys) bridge.deliverEvents(key);
      backfill = (await startBackfill(worker, { prefix: `${batch}/` })).id;
      while (cloud.functionCompute.pending > 0) await delay(POLL_MILLISECONDS);
      return backfill;
    },
    messages,
    async standing(key) {
      const after = key.slice(0, -1);
      const lists = [undefined, backfill].map(id => ledger.listFailures({ backfill: id, after, limit: 1 }));
      const failures = (await Promise.all(lists)).flat().filter(failure => failure.key === key);
      return {
        source: await source.history(key),
        destination: await destination.history(key),
        failures: failures.map(({ at, ...failure }) => ({ ...failure, at: at.toISOString() })),
        deadLetters: deadLettersOf(cloud, key),
      };
    },
    async untilDone(idle) {
      const givenUpAt = Date.now() + PATIENCE_MILLISECONDS;
      for (;;) {
        const found = await findBackfill(worker, backfill);
        const left = messages();
        if (found.state === 'done' && left.length === 0) return found;
        if (Date.now() > givenUpAt) {
          throw new Error(`Work does not come to an end: ${found.state}; ${left.join(' ').slice(0, 500)}`);
        }
        idle?.();
        await delay(POLL_MILLISECONDS);
      }
    },
    async forget() {
      for (const key of keys) await Promise.all([source.forget(key), destination.forget(key)]);
    },
  };
}
