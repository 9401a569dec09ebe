// The work that is struck: waves of backfills and an application's changes, side by side and in step, so that changes meet keys that wait, that are in
// work, and that are done; then backfills of everything that there is, until all strikes were made.

import { setTimeout as delay } from 'node:timers/promises';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { SQS_MAX_DELAY_SECONDS } from '../../shared/limits.ts';
import type { Bridge } from '../acceptance/bridge.ts';
import type { Random } from '../simulation/random.ts';
import { type BackfillWaves, createBackfillWaves } from './backfill-waves.ts';
import { type ChangingSource, changeSource, liveKey } from './changing-source.ts';
import { planWaves, type WavePlan } from './planned-waves.ts';
import { backlogOf, type StruckBridge } from './struck-bridge.ts';

export interface MovePlan extends WavePlan {
  readonly created: number;
  readonly changes: number;
  /** Keys that the application deletes and does not make again. */
  readonly gone: number;
}

export interface Moved {
  readonly waves: BackfillWaves;
  readonly source: ChangingSource;
  readonly gone: ReadonlySet<string>;
  /** Of what was there before the bridge. */
  readonly seededBytes: number;
  readonly seconds: number;
}

const EVERYTHING = { prefix: '', objects: [], isChangeable: false };
/** Messages that wait or are in work: enough for all, and not so many that each is held by several workers that die. */
const BACKFILL_BACKLOG = 3;
const LIVE_BACKLOG = 40;
const CHANGES_AT_A_TIME = 4;
const LOOK_EVERY_MILLISECONDS = 1_000;
const DRAIN_LOOK_MILLISECONDS = 200;
const IDLE_MILLISECONDS = 10;
/** What the strikes of the run are spread over; the rest is the last backfill. */
const SHARE_OF_WAVES = 0.85;
/** Of the waves of which some keys are still in work. */
const LATEST_WAVES = 4;

export async function moveChangingBucket(struck: StruckBridge, plan: MovePlan, random: Random): Promise<Moved> {
  const startedAt = performance.now();
  const { bridge } = struck;
  const planned = planWaves(plan, random);
  for (const { objects } of planned) await seedStore(bridge.source, objects);
  const waves = createBackfillWaves(struck.fleet);
  const changeable = planned.filter(wave => wave.isChangeable);
  const anyKeyOf = (among: typeof changeable) => random.pick(random.pick(among).objects).key;
  const source = changeSource(
    bridge,
    {
      pick() {
        if (source.created > 0 && random.chance(0.3)) return liveKey(random.below(source.created));
        const begun = Math.max(1, waves.started.length - 1);
        if (random.chance(0.2)) return anyKeyOf(changeable);
        return anyKeyOf(changeable.slice(random.chance(0.6) ? Math.max(0, begun - LATEST_WAVES) : 0, begun));
      },
      pickDeletable() {
        const listed = waves.started.filter(({ wave, seen }) => wave.isChangeable && seen.state !== 'listing');
        if (listed.length === 0) return undefined;
        const { wave } = random.pick(random.chance(0.7) ? listed.slice(-LATEST_WAVES) : listed);
        return random.pick(wave.objects).key;
      },
    },
    random,
  );

  const shareOfWaves = () => waves.started.length / planned.length;
  const operations = plan.created + plan.changes;
  let made = 0;
  struck.progress = () => (SHARE_OF_WAVES * (shareOfWaves() + made / operations)) / 2;
  let lookedAt = 0;
  while (waves.started.length < planned.length || made < operations) {
    if (performance.now() - lookedAt > LOOK_EVERY_MILLISECONDS) {
      await waves.look();
      lookedAt = performance.now();
    }
    const next = planned[waves.started.length];
    const isBehind = shareOfWaves() <= made / operations;
    if (next !== undefined && isBehind && backlogOf(bridge, 'backfillQueue') < BACKFILL_BACKLOG)
      await waves.start(next);
    else if (made < operations && !(next !== undefined && isBehind) && liveBacklogOf(bridge) < LIVE_BACKLOG) {
      for (let each = 0; each < CHANGES_AT_A_TIME && made < operations; each++, made++) {
        if (
          random.below(operations) < plan.created
            ? source.created < plan.created
            : made - source.created >= plan.changes
        )
          await source.create();
        else await source.change();
      }
    } else await delay(IDLE_MILLISECONDS);
  }
  const gone = await source.makeGoneAgain(plan.gone);
  await drain(bridge, () => waves.look());

  struck.isAtEnd = true;
  struck.progress = () => {
    const { found = 0, remaining = 0 } = waves.started.at(-1)?.seen ?? {};
    return found === 0 ? SHARE_OF_WAVES : 1 - ((1 - SHARE_OF_WAVES) * remaining) / found;
  };
  do {
    await waves.start(EVERYTHING);
    await drain(bridge, () => waves.look());
    await struck.settleStrikes();
    await drain(bridge, () => waves.look());
  } while (struck.strikes.left > 0);
  const seededBytes = planned.flatMap(wave => wave.objects).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { waves, source, gone, seededBytes, seconds: (performance.now() - startedAt) / 1000 };
}

/** Until no event and no message is left. What only waits on purpose waits no longer; nothing is in flight then, so no receipt ends by it. */
export async function drain(bridge: Bridge, look: () => Promise<void>): Promise<void> {
  for (;;) {
    await look();
    const { cloud } = bridge;
    const held = [LOCAL.liveQueue, LOCAL.backfillQueue].map(name => cloud.sqs.counts(name));
    const busy = held.reduce((sum, { visible, inFlight }) => sum + visible + inFlight, 0);
    const delayed = held.reduce((sum, counts) => sum + counts.delayed, 0);
    if (cloud.functionCompute.pending + busy + delayed === 0) return;
    if (cloud.functionCompute.pending + busy === 0) bridge.passQueueTime(SQS_MAX_DELAY_SECONDS);
    await delay(DRAIN_LOOK_MILLISECONDS);
  }
}

function liveBacklogOf(bridge: Bridge): number {
  return backlogOf(bridge, 'liveQueue') + bridge.cloud.functionCompute.pending;
}
