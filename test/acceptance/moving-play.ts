// One case from its beginning to its end: an object is told of, something happens to it at a given moment, everybody comes to rest; then the
// events that were held back arrive, and everybody comes to rest again.

import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { BackfillBody } from '../../aws-worker/http/backfill-view.ts';
import type { FailurePage } from '../../aws-worker/http/failure-view.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { type DeadLetter, deadLettersOf } from './dead-letters.ts';
import type { MovingBridge, WorkerRequest } from './moving-bridge.ts';
import { type Moment, strikeAt } from './moving-moments.ts';
import type { RecordedVersion } from './moving-recorded-store.ts';
import { type Answer, prepare, type Scene, type Stage } from './moving-stage.ts';
import { failuresOf, findBackfill, startBackfill } from './worker-api.ts';

export interface Play {
  /** Unique in its bridge. */
  readonly key: string;
  readonly scene: Scene;
  readonly moment: Moment;
  /**
   * What happens is told to the worker only when all has come to rest; or at once; or so, and the transfer in which it happens goes on
   * only when what was told is done.
   */
  readonly events: 'late' | 'at once' | 'first';
  happen(stage: Stage): Promise<void>;
  /** What may tell the worker once more, at the end; its events are delivered. */
  readonly tellAgain?: (stage: Stage) => Promise<void>;
}

export interface Played {
  /** False: there was no such moment. */
  readonly hasHappened: boolean;
  /** The worker's requests about the key since, up to the first rest. */
  readonly requestsAfter: readonly WorkerRequest[];
  readonly atRest: Standing;
  readonly atEnd: Standing;
}

export interface Standing {
  readonly source: readonly (RecordedVersion | undefined)[];
  readonly destination: readonly (RecordedVersion | undefined)[];
  /** Of live messages, in their order. */
  readonly outcomes: readonly string[];
  readonly backfill: BackfillBody | undefined;
  readonly failures: FailurePage['failures'];
  readonly deadLetters: readonly DeadLetter[];
}

const POLL_MILLISECONDS = 25;
const PATIENCE_MILLISECONDS = 60_000;

export async function play(
  bridge: MovingBridge,
  { key, scene, moment, events, happen, ...more }: Play,
): Promise<Played> {
  let answer: Answer = () => undefined;
  const stage: Stage = {
    key,
    scene,
    bridge,
    oss: bridge.oss,
    s3: bridge.s3,
    answerWith: given => {
      answer = given;
    },
  };
  await prepare(stage);
  const strike = strikeAt(
    moment,
    async () => {
      const before = bridge.outcomesOf(key).length;
      await happen(stage);
      if (events === 'first') await until(() => bridge.outcomesOf(key).length > before, `${key} is not told of.`);
    },
    request => answer(request),
  );
  bridge.watch(key, strike.watcher);
  if (events !== 'late') bridge.letEventsFlow(key);
  const backfill = await tell(bridge, stage);
  await untilAtRest(bridge, key, backfill);
  const atRest = await standingOf(bridge, key, backfill);
  const { struckAfter, requests } = strike;
  const requestsAfter = struckAfter === undefined ? [] : requests.slice(struckAfter);
  bridge.deliverEvents(key);
  if (more.tellAgain !== undefined) {
    await more.tellAgain(stage);
    bridge.deliverEvents(key);
  }
  await untilAtRest(bridge, key, backfill);
  const atEnd = await standingOf(bridge, key, backfill);
  // Whatever happened, and whenever: nothing is left of an upload.
  expect(await bridge.openUploads(key)).toBe(0);
  expect(await bridge.uploadRow(key)).toBeUndefined();
  bridge.unwatch(key);
  await bridge.source.forget(key);
  await bridge.destination.forget(key);
  return { hasHappened: struckAfter !== undefined, requestsAfter, atRest, atEnd };
}

/** The id of the backfill, if it is one. */
async function tell(bridge: MovingBridge, { key, scene }: Stage): Promise<string | undefined> {
  if (scene.origin === 'live') {
    bridge.deliverEvents(key);
    return undefined;
  }
  bridge.dropEvents(key);
  return (await startBackfill(bridge.worker, { prefix: key })).id;
}

function untilAtRest(bridge: MovingBridge, key: string, backfill: string | undefined): Promise<void> {
  return until(() => isAtRest(bridge, key, backfill), `Messages of ${key} do not come to an end.`);
}

async function until(isSo: () => boolean | Promise<boolean>, complaint: string): Promise<void> {
  const givenUpAt = Date.now() + PATIENCE_MILLISECONDS;
  while (!(await isSo())) {
    if (Date.now() > givenUpAt) throw new Error(complaint);
    await delay(POLL_MILLISECONDS);
  }
}

async function isAtRest({ cloud, worker }: MovingBridge, key: string, backfill: string | undefined): Promise<boolean> {
  if (cloud.functionCompute.pending > 0) return false;
  const names = [JSON.stringify(key), ...(backfill === undefined ? [] : [JSON.stringify(backfill)])];
  const messages = [...cloud.sqs.peek(LOCAL.liveQueue), ...cloud.sqs.peek(LOCAL.backfillQueue)];
  if (messages.some(({ body }) => names.some(name => body.includes(name)))) return false;
  return backfill === undefined || (await findBackfill(worker, backfill)).state === 'done';
}

async function standingOf(bridge: MovingBridge, key: string, backfill: string | undefined): Promise<Standing> {
  const { worker, cloud, source, destination } = bridge;
  const lists = [await failuresOf(worker), ...(backfill === undefined ? [] : [await failuresOf(worker, backfill)])];
  return {
    source: await source.history(key),
    destination: await destination.history(key),
    outcomes: bridge.outcomesOf(key),
    backfill: backfill === undefined ? undefined : await findBackfill(worker, backfill),
    failures: lists.flat().filter(failure => failure.key === key),
    deadLetters: deadLettersOf(cloud, key),
  };
}
