// A bridge whose workers are struck at random while it moves a bucket that changes. What a strike is, the test says; when and whom, chance.

import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LOCAL } from '../../local/local-cloud.ts';
import { type Bridge, startBridge } from '../acceptance/bridge.ts';
import type { BridgeLedger } from '../acceptance/bridge-ledger.ts';
import { countObjectBytes } from '../acceptance/count-object-bytes.ts';
import type { Random } from '../simulation/random.ts';
import { createReceipts, type Receipts } from './receipts.ts';
import { paceStrikes } from './strike-pace.ts';
import { type FleetWorker, startFleet, type WorkerFleet } from './worker-fleet.ts';

export interface StrikeOptions {
  readonly strikes: number;
  /** Of them, so many come after the changes are over, when everything is backfilled again. */
  readonly strikesAtEnd: number;
  readonly workers: number;
  readonly environmentOf: (number: number) => Readonly<Record<string, string>>;
  readonly strike: (struck: Struck) => Promise<void>;
  readonly random: Random;
  /** In place of a file that they share. */
  readonly ledger?: BridgeLedger;
}

export interface Struck {
  readonly victim: FleetWorker;
  readonly bridge: Bridge;
  readonly receipts: Receipts;
  /** Messages that the victim had received and not deleted. */
  readonly held: number;
}

export interface StruckBridge {
  readonly bridge: Bridge;
  readonly fleet: WorkerFleet;
  readonly receipts: Receipts;
  /** Of the objects that were read, in bodies. */
  readonly bytesRead: number;
  readonly requests: number;
  readonly strikes: { readonly made: number; readonly inWork: number; readonly left: number };
  /** 0 to 1: strikes are spread over it. */
  progress: () => number;
  /** Set when the changes are over. */
  isAtEnd: boolean;
  /** When all that was struck has ended. @throws what went wrong with a strike */
  settleStrikes(): Promise<void>;
  close(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('./hasty-worker.ts', import.meta.url));
const MAX_STRIKE_DELAY_MILLISECONDS = 25;

export async function startStruckBridge(options: StrikeOptions): Promise<StruckBridge> {
  const { random, strikes, strikesAtEnd } = options;
  const receipts = createReceipts();
  const bytes = countObjectBytes();
  const underWay = new Set<Promise<void>>();
  const made = {
    made: 0,
    inWork: 0,
    get left() {
      return strikes - this.made;
    },
  };
  const left = () => made.left - (struck.isAtEnd ? 0 : strikesAtEnd);
  const pace = paceStrikes({ progress: () => struck.progress(), left }, random);

  const strikeOne = async () => {
    await delay(random.below(MAX_STRIKE_DELAY_MILLISECONDS));
    if (fleet.ready.length === 0 || left() <= 0) return;
    const victim = random.pick(fleet.ready);
    const held = receipts.heldBy(victim.name);
    made.made++;
    if (held > 0) made.inWork++;
    await fleet.replace(victim, () => options.strike({ victim, bridge, receipts, held }));
  };
  const onRequest = () => {
    if (!pace.isDue()) return;
    const striking = strikeOne();
    underWay.add(striking);
    // Its failure is heard of in settleStrikes.
    striking.then(
      () => underWay.delete(striking),
      () => undefined,
    );
  };

  const bridge = await startBridge({
    main: MAIN,
    ...(options.ledger === undefined ? {} : { ledger: options.ledger }),
    intercept: {
      oss: ({ operation, response }) => {
        if (operation === 'GetObject') bytes.count(response);
        if (OF_WORKERS.has(operation)) onRequest();
        return false;
      },
      s3: () => {
        onRequest();
        return false;
      },
      sqs: exchange => {
        receipts.see(exchange);
        return false;
      },
    },
  });
  const fleet = startFleet(bridge, { size: options.workers, environmentOf: options.environmentOf });
  const struck: StruckBridge = {
    bridge,
    fleet,
    receipts,
    get bytesRead() {
      return bytes.bytes;
    },
    get requests() {
      return pace.requests;
    },
    strikes: made,
    progress: () => 0,
    isAtEnd: false,
    async settleStrikes() {
      while (underWay.size > 0) await Promise.all(underWay);
      await fleet.complete();
    },
    async close() {
      await bridge.close();
    },
  };
  await fleet.complete();
  return struck;
}

/** The others are the application's, which changes the bucket. */
const OF_WORKERS: ReadonlySet<string> = new Set(['GetObject', 'HeadObject', 'ListObjectsV2', 'GetObjectTagging']);

/** What is there to be worked on, or in work. */
export function backlogOf({ cloud }: Bridge, queue: 'liveQueue' | 'backfillQueue'): number {
  const { visible, inFlight } = cloud.sqs.counts(LOCAL[queue]);
  return visible + inFlight;
}
