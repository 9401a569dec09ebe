// Uploads to the source, a thousand times the same few bytes: the first of each is made with the vendor's SDK, and gets from OSS all that OSS gives an object;
// the others are that object under another key, at the cost of a copy in memory.

import type OSS from 'ali-oss';
import type { StoredObject } from '../../../local/store/object-store.ts';
import type { RecordedStore } from '../../acceptance/moving-recorded-store.ts';
import { bytesOf, putSource } from '../../acceptance/moving-stage.ts';

/** Of this name and size: bytesOf. */
export type UploadSource = (key: string, name: string, sizeBytes: number) => Promise<void>;

export function createRepeatedUploads(options: {
  readonly oss: OSS;
  readonly source: RecordedStore;
  /** Tells of an object that came by no request. */
  readonly fireCreated: (object: StoredObject) => void;
}): UploadSource {
  const { oss, source, fireCreated } = options;
  const firsts = new Map<string, Promise<StoredObject>>();

  const uploadFirst = async (name: string, body: Buffer): Promise<StoredObject> => {
    const key = `first uploads/${name} ${body.length}`;
    await putSource({ oss, key }, name, body);
    const object = await source.find(key);
    if (object === undefined) throw new Error(`${key} was not uploaded.`);
    return object;
  };

  return async (key, name, sizeBytes) => {
    const body = bytesOf(name, sizeBytes);
    const id = `${name} ${sizeBytes}`;
    const first = firsts.get(id) ?? uploadFirst(name, body);
    firsts.set(id, first);
    const { etag, headers, metadata, tags, attributes } = await first;
    const staged = await source.stage();
    await staged.write(body);
    fireCreated(await source.commit(key, [staged], { etag, headers, metadata, tags, attributes }));
  };
}
