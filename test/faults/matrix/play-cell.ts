// One cell: an object is told of, requests about it meet a fault, everybody comes to rest; then the fault is healed, everybody comes to rest again, and
// what had failed is sent once more.

import { setTimeout as delay } from 'node:timers/promises';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { LOCAL } from '../../../local/local-cloud.ts';
import { type DeadLetter, deadLettersOf } from '../../acceptance/dead-letters.ts';
import type { Standing } from '../../acceptance/moving-play.ts';
import { findBackfill, startBackfill } from '../../acceptance/worker-api.ts';
import { isDear } from './expected-end.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { MatrixBridge } from './matrix-bridge.ts';
import type { Place } from './places.ts';
import { keysOf, overwriteSource, prepareScene } from './scenes.ts';
import { addFault, type Lasting } from './strike.ts';

export interface Cell {
  readonly name: string;
  readonly place: Place;
  readonly kind: FaultKind;
  readonly lasting: Lasting;
}

export interface PlayedCell {
  /** How often the fault struck. */
  readonly struck: number;
  /** Before healing: at rest, or waiting in the queue for the second time. */
  readonly isWaiting: boolean;
  readonly beforeHealing: Standing;
  /** Tries of its own that were followed by another one. */
  readonly retries: number;
  readonly healed: Standing;
  /** After what failed was sent again, if it failed. */
  readonly sentAgain: Standing;
  readonly neighbours: readonly Standing[];
  readonly openUploads: number;
  readonly hasRow: boolean;
}

const POLL_MILLISECONDS = 20;
/** Each look at a backfill is a request. */
const BACKFILL_POLL_MILLISECONDS = 80;
const PATIENCE_MILLISECONDS = 120_000;
export async function playCell(bridge: MatrixBridge, cell: Cell, folder: string): Promise<PlayedCell> {
  const { scene } = cell.place;
  const { key, all } = keysOf(scene, folder);
  await prepareScene(bridge, scene, folder);
  await prepareUpload(bridge, cell, key);
  const fault = addFault(bridge, { ...cell, key });
  const backfill = await tell(bridge, cell, folder);
  const place = { bridge, keys: all, backfill };
  const isWaiting = await untilAtRestOrWaiting(place, cell);
  const beforeHealing = await standingOf(place, key);
  const struck = fault.struck();
  fault.heal();
  await untilAtRest(place);
  const healed = await standingOf(place, key);
  const { retries } = bridge.journal.of(key);
  await sendAgain(bridge, healed.deadLetters);
  await untilAtRest(place);
  const sentAgain = await standingOf(place, key);
  const neighbours = [];
  for (const other of all) if (other !== key) neighbours.push(await standingOf(place, other));
  const openUploads = await countOpenUploads(bridge, key);
  const hasRow = (await bridge.ledger.uploads.find(key)) !== undefined;
  for (const each of all) await Promise.all([bridge.source.forget(each), bridge.destination.forget(each)]);
  return { struck, isWaiting, beforeHealing, retries, healed, sentAgain, neighbours, openUploads, hasRow };
}

/** What the scene asks for of an upload. */
async function prepareUpload(bridge: MatrixBridge, { place: { scene } }: Cell, key: string): Promise<void> {
  if (scene.upload === 'unnamed') await bridge.ownTransfer.loseUpload(key);
  if (scene.upload === 'begun' || scene.upload === 'outdated') await bridge.ownTransfer.beginUpload(key);
  if (scene.upload !== 'outdated') return;
  bridge.dropEvents(key);
  await overwriteSource(bridge, scene, key);
}

async function tell(bridge: MatrixBridge, { place }: Cell, folder: string): Promise<string | undefined> {
  const { key, all } = keysOf(place.scene, folder);
  if (place.scene.origin === 'live') {
    bridge.deliverEvents(key);
    return undefined;
  }
  for (const each of all) bridge.dropEvents(each);
  return (await startBackfill(bridge.worker, { prefix: `${folder}/` })).id;
}

interface Placed {
  readonly bridge: MatrixBridge;
  readonly keys: readonly string[];
  readonly backfill: string | undefined;
}

async function untilAtRest(placed: Placed): Promise<void> {
  await until(placed, () => false);
}

/**
 * True: it waits for trouble to pass, for the second time at least, and the fault is one that lasts. Where each try takes seconds, or moves megabytes,
 * two of them have to do.
 */
async function untilAtRestOrWaiting(placed: Placed, { kind, place, lasting }: Cell): Promise<boolean> {
  const isSlow = kind.isSlow === true || isDear(place, kind);
  const counted = isSlow ? /"(?:waits|attempt)":\d+/g : /"waits":\d+/g;
  const seen = new Set<string>();
  return await until(placed, bodies => {
    for (const body of bodies) seen.add(body.match(counted)?.join() ?? '');
    seen.delete('');
    return lasting === 'until healed' && seen.size >= 2;
  });
}

async function until(placed: Placed, isEnough: (bodies: readonly string[]) => boolean): Promise<boolean> {
  const givenUpAt = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const bodies = messagesOf(placed);
    if (isEnough(bodies)) return true;
    if (bodies.length === 0 && (await isOver(placed))) return false;
    if (Date.now() > givenUpAt) throw new Error(`Work does not come to an end: ${bodies.join(' ').slice(0, 500)}`);
    await delay(placed.backfill === undefined ? POLL_MILLISECONDS : BACKFILL_POLL_MILLISECONDS);
  }
}

/** Of any of its keys, and of its backfill. */
function messagesOf({ bridge: { cloud }, keys, backfill }: Placed): readonly string[] {
  const names = [...keys, ...(backfill === undefined ? [] : [backfill])].map(name => JSON.stringify(name));
  const messages = [...cloud.sqs.peek(LOCAL.liveQueue), ...cloud.sqs.peek(LOCAL.backfillQueue)];
  return messages.map(({ body }) => body).filter(body => names.some(name => body.includes(name)));
}

async function isOver(placed: Placed): Promise<boolean> {
  const { bridge, backfill } = placed;
  if (bridge.cloud.functionCompute.pending > 0) return false;
  if (backfill !== undefined && (await findBackfill(bridge.worker, backfill)).state !== 'done') return false;
  return messagesOf(placed).length === 0;
}

async function standingOf({ bridge, backfill }: Placed, key: string): Promise<Standing> {
  const { cloud, ledger, source, destination, journal, worker } = bridge;
  // The key itself, if it is on the list.
  const after = key.slice(0, -1);
  const lists = [undefined, ...(backfill === undefined ? [] : [backfill])].map(id =>
    ledger.listFailures({ backfill: id, after, limit: 3 }),
  );
  const failures = (await Promise.all(lists)).flat().filter(failure => failure.key === key);
  return {
    source: await source.history(key),
    destination: await destination.history(key),
    outcomes: journal.of(key).outcomes,
    backfill: backfill === undefined ? undefined : await findBackfill(worker, backfill),
    failures: failures.map(({ at, ...failure }) => ({ ...failure, at: at.toISOString() })),
    deadLetters: deadLettersOf(cloud, key),
  };
}

/** As a redrive of the dead-letter queue does. */
async function sendAgain({ cloud, sqs }: MatrixBridge, letters: readonly DeadLetter[]): Promise<void> {
  const QueueUrl = cloud.sqs.queueUrl(LOCAL.liveQueue);
  for (const { body } of letters) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
}

async function countOpenUploads({ s3 }: MatrixBridge, key: string): Promise<number> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: LOCAL.s3Bucket, Prefix: key }));
  return Uploads.length;
}
