// A write that takes effect after the worker has given it up, and, if asked for, after the source has changed: whatever order they come in, the last version
// is there in the end and stays.

import { setTimeout as delay } from 'node:timers/promises';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { LOCAL } from '../../../local/local-cloud.ts';
import { expectEqual, expectOnlySourceVersionsInOrder } from '../../acceptance/moving-verdict.ts';
import type { MatrixBridge } from './matrix-bridge.ts';
import type { Place } from './places.ts';
import { keysOf, overwriteSource, prepareScene } from './scenes.ts';
import { PATIENCE_MILLISECONDS } from './short-waits.ts';

export interface LateWrite {
  readonly place: Place;
  readonly change: 'nothing' | 'the source is overwritten';
}

const LATE_MILLISECONDS = 1.5 * PATIENCE_MILLISECONDS;
const POLL_MILLISECONDS = 20;
const END = { timeout: 60_000, interval: 50 };

export async function playLate(bridge: MatrixBridge, { place, change }: LateWrite, folder: string): Promise<void> {
  const { cloud, source, destination } = bridge;
  const { key } = keysOf(place.scene, folder);
  await prepareScene(bridge, place.scene, folder);
  const fault = { kind: 'latency', milliseconds: LATE_MILLISECONDS, at: 'before-effect' } as const;
  const id = cloud.faults.add({ service: 's3', operation: place.operation, key, skip: place.skip, times: 1, fault });
  bridge.deliverEvents(key);
  while (cloud.faults.find(id)?.struck === 0) await delay(POLL_MILLISECONDS);
  // Its effect has come by then, unless it is given up.
  const over = delay(LATE_MILLISECONDS + POLL_MILLISECONDS);
  if (change !== 'nothing') {
    await overwriteSource(bridge, place.scene, key);
    bridge.deliverEvents(key);
  }
  const messages = () => cloud.sqs.peek(LOCAL.liveQueue).filter(({ body }) => body.includes(JSON.stringify(key)));
  await expect.poll(() => [cloud.functionCompute.pending, messages()], END).toEqual([0, []]);
  await over;
  const standing = {
    source: await source.history(key),
    destination: await destination.history(key),
    outcomes: [],
    backfill: undefined,
    failures: [],
    deadLetters: [],
  };
  expectEqual(standing);
  expectOnlySourceVersionsInOrder(standing);
  expect(bridge.journal.of(key).outcomes.join()).not.toContain('failed');
}

export async function openUploadsOf({ s3 }: MatrixBridge): Promise<readonly (string | undefined)[]> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: LOCAL.s3Bucket }));
  return Uploads.map(({ Key }) => Key);
}
