// Backfills of one prefix after the other, asked for as a user would: by HTTP, of any worker that answers. A worker may die while it is asked.

import type { BackfillBody } from '../../aws-worker/http/backfill-view.ts';
import { findBackfill, NotNow, startBackfill } from '../acceptance/worker-api.ts';
import type { Wave } from './planned-waves.ts';
import type { WorkerFleet } from './worker-fleet.ts';

export interface StartedWave {
  readonly wave: Wave;
  readonly id: string;
  /** As it was last seen. */
  readonly seen: BackfillBody;
}

export interface BackfillWaves {
  readonly started: readonly StartedWave[];
  /** Those that were not done when they were last looked at. */
  readonly open: readonly StartedWave[];
  start(wave: Wave): Promise<void>;
  /** Asks this worker, or any of the fleet. */
  look(worker?: { readonly url: string }): Promise<void>;
}

const TRIES = 200;
const TRY_EVERY_MILLISECONDS = 50;

export function createBackfillWaves(fleet: WorkerFleet): BackfillWaves {
  const started = new Map<string, StartedWave>();
  const note = (wave: Wave, seen: BackfillBody) => started.set(seen.id, { wave, id: seen.id, seen });
  const open = () => [...started.values()].filter(({ seen }) => seen.state !== 'done');
  return {
    get started() {
      return [...started.values()];
    },
    get open() {
      return open();
    },
    async start(wave) {
      const key = { 'idempotency-key': `wave-${started.size}` };
      const body = wave.prefix === '' ? {} : { prefix: wave.prefix };
      note(wave, await askAny(fleet, worker => startBackfill(worker, body, key)));
    },
    async look(worker) {
      for (const { wave, id } of open()) {
        const find = (asked: { readonly url: string }) => findBackfill(asked, id);
        note(wave, worker === undefined ? await askAny(fleet, find) : await find(worker));
      }
    },
  };
}

/** Of another worker, when one died over it, or could not answer now. @throws when none answers for long */
export async function askAny<Answer>(
  fleet: { any(): Promise<{ readonly url: string }> },
  ask: (worker: { readonly url: string }) => Promise<Answer>,
): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask(await fleet.any());
    } catch (error) {
      // A TypeError is what fetch throws when there is no answer.
      if (!(error instanceof TypeError || error instanceof NotNow) || tries === TRIES) throw error;
      await new Promise(resolve => setTimeout(resolve, TRY_EVERY_MILLISECONDS));
    }
  }
}
