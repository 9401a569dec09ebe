// Bytes on their way into the store: staged as they come, at most one chunk in memory, with MD5 and CRC-64 computed on the way.

import { createHash } from 'node:crypto';
import { Crc64 } from '../../shared/checksums/crc64.ts';
import type { ObjectStore, StagedBytes } from '../store/object-store.ts';
import { entityTooLarge } from './oss-error.ts';

/** PutObject, AppendObject and a part: 5 GiB. https://www.alibabacloud.com/help/en/oss/user-guide/limits */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;

export interface ReceivedBytes {
  readonly staged: StagedBytes;
  readonly sizeBytes: number;
  readonly md5: Buffer;
  readonly crc64: bigint;
}

/** What to read of an object that is empty. */
export async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** Stages what `source` gives; frees it when that breaks off. */
export async function stageBytes(store: ObjectStore, source: AsyncIterable<Uint8Array>): Promise<ReceivedBytes> {
  const staged = await store.stage();
  const md5 = createHash('md5');
  const crc64 = new Crc64();
  try {
    for await (const chunk of source) {
      md5.update(chunk);
      crc64.update(chunk);
      await staged.write(chunk);
      if (staged.sizeBytes > MAX_BODY_BYTES) throw entityTooLarge();
    }
  } catch (error) {
    await staged.discard();
    throw error;
  }
  return { staged, sizeBytes: staged.sizeBytes, md5: md5.digest(), crc64: crc64.digest() };
}
