// The bytes of one version of a file. Once it is open, a replacement by rename does no harm (the old file lives on under its
// descriptor); an edit in place is noticed before any byte of it is handed on.

import { type FileHandle, open } from 'node:fs/promises';
import { BridgeError } from '../../../shared/bridge-error.ts';
import type { StoredObject } from '../object-store.ts';
import { identityOf } from './file-identity.ts';
import type { KnownSighting } from './look-up.ts';
import { READ_CHUNK_BYTES } from './staged-file.ts';

/** Throws `object-changed`, midway too, when the file's size, time or inode is no longer that of the sighting. */
export async function* readVersion(
  object: StoredObject,
  sighting: KnownSighting,
  range: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  if (sighting.kind === 'directory') return;
  const file = await open(sighting.path, 'r').catch((cause: unknown) => {
    throw objectChanged(object.key, cause);
  });
  try {
    await assertSameVersion(file, object.key, sighting.identity);
    const end = Math.min(range.end, object.sizeBytes);
    for (let position = range.start; position < end; ) {
      const length = Math.min(READ_CHUNK_BYTES, end - position);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
      await assertSameVersion(file, object.key, sighting.identity);
      if (bytesRead === 0) throw objectChanged(object.key);
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function assertSameVersion(file: FileHandle, key: string, identity: string): Promise<void> {
  if (identityOf(await file.stat({ bigint: true })).text !== identity) throw objectChanged(key);
}

function objectChanged(key: string, cause?: unknown): BridgeError {
  const message = 'The file was changed, replaced or removed since it was looked up.';
  return new BridgeError({ kind: 'retryable', code: 'object-changed', message, key, cause });
}
