// Puts objects into a store as OSS would hold them: before the worker starts, and without an event.

import { createHash } from 'node:crypto';
import { Crc64 } from '../../shared/checksums/crc64.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { DemoObject } from './demo-objects.ts';
import { pseudoRandomBytes } from './pseudo-random-bytes.ts';

export async function seedStore(store: ObjectStore, objects: readonly DemoObject[]): Promise<void> {
  for (const { key, sizeBytes, metadata } of objects) {
    const staged = await store.stage();
    const md5 = createHash('md5');
    const crc64 = new Crc64();
    for (const chunk of pseudoRandomBytes(key, sizeBytes)) {
      md5.update(chunk);
      crc64.update(chunk);
      await staged.write(chunk);
    }
    const digest = md5.digest();
    await store.commit(key, [staged], {
      etag: digest.toString('hex').toUpperCase(),
      headers: { 'content-type': key.endsWith('.jpg') ? 'image/jpeg' : 'application/octet-stream' },
      metadata,
      tags: {},
      attributes: { type: 'Normal', crc64: crc64.digest().toString(), 'content-md5': digest.toString('base64') },
    });
  }
}
