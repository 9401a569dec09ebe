// What is where before the fault, and who tells the worker.

import { PutObjectCommand } from '@aws-sdk/client-s3';
import { LOCAL } from '../../../local/local-cloud.ts';
import { KIBIBYTE, MEBIBYTE } from '../../../shared/limits.ts';
import { bytesOf, SMALL_BYTES, TINY_BYTES, TWO_PARTS_BYTES } from '../../acceptance/moving-stage.ts';
import type { MatrixBridge } from './matrix-bridge.ts';

export interface MatrixScene {
  readonly name: string;
  readonly sizeBytes: number;
  readonly before: 'nothing' | 'another object';
  /** `backfill`: a batch of three, the struck one in their midst. */
  readonly origin: 'live' | 'backfill';
  /** Whose upload is open: this version's, with its first part; another version's; or one that nobody heard the id of. */
  readonly upload: 'none' | 'begun' | 'outdated' | 'unnamed';
}

const LIVE = { before: 'nothing', origin: 'live', upload: 'none' } as const;
const REPLACED = { ...LIVE, before: 'another object' } as const;
const THREE_PARTS_BYTES = 10 * MEBIBYTE + 64 * KIBIBYTE;

export const SCENES = {
  tinyNew: { ...LIVE, name: 'a tiny new object', sizeBytes: TINY_BYTES },
  smallReplaced: { ...REPLACED, name: 'a small object in the place of another', sizeBytes: SMALL_BYTES },
  twoPartsNew: { ...LIVE, name: 'a new object of two parts', sizeBytes: TWO_PARTS_BYTES },
  threePartsNew: { ...LIVE, name: 'a new object of three parts', sizeBytes: THREE_PARTS_BYTES },
  twoPartsReplaced: { ...REPLACED, name: 'two parts in the place of another object', sizeBytes: TWO_PARTS_BYTES },
  resumed: { ...LIVE, name: 'an upload that has one of its parts', sizeBytes: TWO_PARTS_BYTES, upload: 'begun' },
  outdated: { ...LIVE, name: 'an upload of an older version', sizeBytes: TWO_PARTS_BYTES, upload: 'outdated' },
  unnamed: { ...LIVE, name: 'an upload whose id was lost', sizeBytes: TWO_PARTS_BYTES, upload: 'unnamed' },
  batchNew: { ...LIVE, name: 'a small object of a batch', sizeBytes: TINY_BYTES, origin: 'backfill' },
  batchReplaced: {
    ...REPLACED,
    name: 'a small object of a batch, replacing',
    sizeBytes: SMALL_BYTES,
    origin: 'backfill',
  },
  batchTwoParts: { ...LIVE, name: 'a large object of a batch', sizeBytes: TWO_PARTS_BYTES, origin: 'backfill' },
} as const satisfies Record<string, MatrixScene>;

/** Of one cell: the struck key, and its neighbours in a batch. */
export function keysOf(scene: MatrixScene, folder: string): { readonly key: string; readonly all: readonly string[] } {
  const key = `${folder}/b`;
  return { key, all: scene.origin === 'backfill' ? [`${folder}/a`, key, `${folder}/c`] : [key] };
}

export async function prepareScene(
  { uploadSource, s3 }: MatrixBridge,
  scene: MatrixScene,
  folder: string,
): Promise<void> {
  const { key, all } = keysOf(scene, folder);
  if (scene.before === 'another object') {
    const object = { Bucket: LOCAL.s3Bucket, Key: key, Body: bytesOf('old', 1000), ContentType: 'text/other' };
    await s3.send(new PutObjectCommand(object));
  }
  for (const each of all) {
    const isStruck = each === key;
    await uploadSource(each, 'first', isStruck ? scene.sizeBytes : 1000);
  }
}

/** The source's next version, of the same size. */
export async function overwriteSource({ uploadSource }: MatrixBridge, scene: MatrixScene, key: string): Promise<void> {
  await uploadSource(key, 'second', scene.sizeBytes);
}
