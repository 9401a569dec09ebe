// One key on its way: what is at the source, what is at the destination, and who tells the worker.

import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type OSS from 'ali-oss';
import { pseudoRandomBytes } from '../../local/demo/pseudo-random-bytes.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { KIBIBYTE, MEBIBYTE } from '../../shared/limits.ts';
import type { MovingBridge, WorkerRequest } from './moving-bridge.ts';

/** So small that a live event's first attempt does not look at the destination. */
export const TINY_BYTES = 40 * KIBIBYTE;
/** One part, but large enough that the destination is looked at first. */
export const SMALL_BYTES = 300 * KIBIBYTE;
/** In parts of 5 MiB: two, the fewest; and three, the last of them short. */
export const TWO_PARTS_BYTES = 5 * MEBIBYTE + 64 * KIBIBYTE;
export const LARGE_BYTES = 12 * MEBIBYTE;
const PART_BYTES = 5 * MEBIBYTE;

export interface Scene {
  readonly name: string;
  readonly sizeBytes: number;
  readonly type: 'Normal' | 'Appendable';
  /** What is at the destination before. */
  readonly before: 'nothing' | 'another object';
  readonly origin: 'live' | 'backfill';
}

export function isLarge(scene: Pick<Scene, 'sizeBytes'>): boolean {
  return scene.sizeBytes > PART_BYTES;
}

/** What something that happens may touch. */
export interface Stage {
  readonly key: string;
  readonly scene: Scene;
  readonly bridge: MovingBridge;
  readonly oss: OSS;
  readonly s3: S3Client;
  /** From now on. */
  answerWith(answer: Answer): void;
}

/** Called for each request of the worker's about the key; what it throws answers it. */
export type Answer = (request: WorkerRequest) => void | Promise<void>;

const bodies = new Map<string, Buffer>();

/** The same for the same name and size, and made once. */
export function bytesOf(name: string, sizeBytes: number): Buffer {
  const id = `${name} ${sizeBytes}`;
  const body = bodies.get(id) ?? Buffer.concat([...pseudoRandomBytes(name, sizeBytes)]);
  bodies.set(id, body);
  return body;
}

export async function putSource({ oss, key }: Pick<Stage, 'oss' | 'key'>, name: string, body: Buffer): Promise<void> {
  await oss.put(key, body, {
    mime: `text/${name}`,
    headers: { 'Cache-Control': `max-age=${name.length}` },
    // Other types than the vendor's are refused by its SDK's declarations, not by OSS.
    meta: { uid: 0, pid: 0, version: name },
  });
}

export async function appendSource({ oss, key }: Pick<Stage, 'oss' | 'key'>, body: Buffer, position: number) {
  await oss.append(key, body, { position: String(position) });
}

/** By a tool that is not ours. */
export async function putDestination({ bridge, s3, key }: Stage, body: Buffer): Promise<void> {
  const object = { Bucket: LOCAL.s3Bucket, Key: key, Body: body, ContentType: 'text/other' };
  await s3.send(new PutObjectCommand({ ...object, ...encryptionOf(bridge) }));
}

/** As the bucket's default would have it. */
export function encryptionOf({ isKms }: MovingBridge): { readonly ServerSideEncryption?: 'aws:kms' } {
  return isKms ? { ServerSideEncryption: 'aws:kms' } : {};
}

export async function prepare(stage: Stage): Promise<void> {
  const { scene } = stage;
  const body = bytesOf('first', scene.sizeBytes);
  if (scene.before === 'another object') await putDestination(stage, bytesOf('old', 1000));
  if (scene.type === 'Normal') await putSource(stage, 'first', body);
  else await appendSource(stage, body, 0);
}
