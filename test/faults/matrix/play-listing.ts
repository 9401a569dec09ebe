// One backfill whose listing meets a fault. A listing is the bucket's, not one key's: these are played one by one.

import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { LOCAL } from '../../../local/local-cloud.ts';
import { expectEqual } from '../../acceptance/moving-verdict.ts';
import { failuresOf, findBackfill, request, startBackfill } from '../../acceptance/worker-api.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { MatrixBridge } from './matrix-bridge.ts';
import { LISTING_PLACE } from './places.ts';
import { keysOf, prepareScene } from './scenes.ts';
import { addFault, type Lasting } from './strike.ts';

export type ListingEnd = 'done' | 'paused' | 'waits';

const POLL_MILLISECONDS = 20;
/** More than the tries of two deliveries. */
const MANY_STRIKES = 9;
const PATIENCE_MILLISECONDS = 60_000;

/** What it came to before it was healed. Nothing is lost or failed in any case. */
export async function playListing(
  bridge: MatrixBridge,
  { kind, lasting, folder }: { readonly kind: FaultKind; readonly lasting: Lasting; readonly folder: string },
): Promise<ListingEnd> {
  const { worker, source, destination, cloud } = bridge;
  const { all } = keysOf(LISTING_PLACE.scene, folder);
  await prepareScene(bridge, LISTING_PLACE.scene, folder);
  for (const key of all) bridge.dropEvents(key);
  const fault = addFault(bridge, { place: LISTING_PLACE, kind, lasting, key: folder });
  const { id } = await startBackfill(worker, { prefix: `${folder}/` });
  const givenUpAt = Date.now() + PATIENCE_MILLISECONDS;
  const untilState = async (...states: readonly string[]) => {
    for (;;) {
      const { state } = await findBackfill(worker, id);
      if (states.includes(state)) return state;
      if (lasting === 'until healed' && states.includes('paused') && fault.struck() >= MANY_STRIKES) return 'waits';
      if (Date.now() > givenUpAt) throw new Error(`The backfill is ${state}.`);
      await delay(POLL_MILLISECONDS);
    }
  };
  const end = await untilState('done', 'paused');
  expect(fault.struck()).toBeGreaterThan(0);
  expect(await failuresOf(worker, id)).toEqual([]);
  fault.heal();
  if (end === 'paused') expect((await request(worker, `POST /backfill/${id}/resume`)).status).toBeLessThan(300);
  await untilState('done');
  expect(await findBackfill(worker, id)).toMatchObject({ found: 3, copied: 3, failed: 0, remaining: 0 });
  for (const key of all) {
    const histories = { source: await source.history(key), destination: await destination.history(key) };
    expectEqual({ ...histories, outcomes: [], backfill: undefined, failures: [], deadLetters: [] });
  }
  const messages = () => cloud.sqs.peek(LOCAL.backfillQueue).filter(({ body }) => body.includes(id));
  await expect.poll(messages).toEqual([]);
  return end === 'done' || end === 'paused' ? end : 'waits';
}
