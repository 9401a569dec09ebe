// PutObject, AppendObject, DeleteObject: https://www.alibabacloud.com/help/en/oss/developer-reference/putobject
// https://www.alibabacloud.com/help/en/oss/developer-reference/appendobject

import { createHash } from 'node:crypto';
import { combineCrc64 } from '../../shared/checksums/crc64.ts';
import type { Accept, StagedBytes, StoredObject } from '../store/object-store.ts';
import { etagOf, readDetails } from './object-headers.ts';
import { entityTooLarge, invalidArgument, OssError } from './oss-error.ts';
import { createdChange } from './oss-event.ts';
import { type Exchange, header, sendEmpty } from './oss-exchange.ts';
import { receiveBody } from './receive-body.ts';
import { MAX_BODY_BYTES, type ReceivedBytes, stageBytes } from './stage-bytes.ts';

export async function putObject(exchange: Exchange): Promise<void> {
  const details = readDetails(exchange.request.headers);
  const received = await receiveBody(exchange);
  const md5 = received.md5.toString('base64');
  const crc64 = String(received.crc64);
  const attributes = { ...details.attributes, type: 'Normal', crc64, 'content-md5': md5 };
  const etag = received.md5.toString('hex').toUpperCase();
  const before = new Before(exchange);
  const object = await commitStaged(received.staged, () =>
    exchange.store.commit(exchange.key, [received.staged], { ...details, etag, attributes }, before.accept),
  );
  exchange.fire(createdChange({ eventName: 'ObjectCreated:PutObject', object, sizeBefore: before.sizeBytes }));
  sendEmpty(exchange, 200, { ETag: `"${etag}"`, 'Content-MD5': md5, 'x-oss-hash-crc64ecma': crc64 });
}

export async function appendObject(exchange: Exchange): Promise<void> {
  const details = readDetails(exchange.request.headers);
  const text = exchange.query.get('position') ?? '';
  if (!/^\d+$/.test(text)) throw invalidArgument('position', text, 'The position is not valid.');
  const position = Number(text);
  const received = await receiveBody(exchange);
  const current = await exchange.store.find(exchange.key);
  // Refuses early what the commit would refuse, before the bytes that are there are copied.
  const accept = appendable(position, current);
  const { object, crc64 } = await commitStaged(received.staged, async () => {
    accept(current);
    const old = current === undefined ? undefined : await stageExisting(exchange, current);
    const crc64 = old === undefined ? received.crc64 : combineCrc64(old.crc64, received.crc64, received.sizeBytes);
    const size = String(position + received.sizeBytes);
    const attributes = {
      ...(current?.attributes ?? details.attributes),
      type: 'Appendable',
      crc64: String(crc64),
      'next-append-position': size,
    };
    // The first append decides the metadata.
    const kept = current ?? details;
    const pieces = old === undefined ? [received.staged] : [old.staged, received.staged];
    try {
      const etag = appendableEtag(crc64, position + received.sizeBytes);
      const appended = { headers: kept.headers, metadata: kept.metadata, tags: kept.tags, etag, attributes };
      return { object: await exchange.store.commit(exchange.key, pieces, appended, accept), crc64 };
    } finally {
      await old?.staged.discard();
    }
  });
  exchange.fire({
    ...createdChange({ eventName: 'ObjectCreated:AppendObject', object, sizeBefore: position }),
    position,
  });
  sendEmpty(exchange, 200, {
    ETag: `"${etagOf(object)}"`,
    'x-oss-hash-crc64ecma': String(crc64),
    'x-oss-next-append-position': String(object.sizeBytes),
  });
}

/** Answers 204 whether or not there was an object; only a removal is an event. */
export async function deleteObject(exchange: Exchange): Promise<void> {
  await removeObject(exchange, { key: exchange.key, eventName: 'ObjectRemoved:DeleteObject' });
  sendEmpty(exchange, 204);
}

export async function removeObject(
  exchange: Exchange,
  { key, eventName }: { key: string; eventName: string },
): Promise<void> {
  const removed = await exchange.store.remove(key);
  if (removed === undefined) return;
  exchange.fire({ eventName, key, etag: etagOf(removed), sizeBytes: 0, deltaBytes: 0 - removed.sizeBytes });
}

/** What stood under the key when it was replaced, and whether it may be. */
export class Before {
  sizeBytes = 0;
  readonly accept: Accept;

  constructor(exchange: Exchange) {
    const mayOverwrite = header(exchange, 'x-oss-forbid-overwrite') !== 'true';
    this.accept = current => {
      if (current !== undefined && !mayOverwrite) {
        const message = 'The object you specified already exists and can not be overwritten.';
        throw new OssError({ status: 409, code: 'FileAlreadyExists', message, ec: '0026-00000011' });
      }
      this.sizeBytes = current?.sizeBytes ?? 0;
    };
  }
}

/** Frees the staged bytes whatever becomes of the commit. */
export async function commitStaged<Result>(staged: StagedBytes, commit: () => Promise<Result>): Promise<Result> {
  try {
    return await commit();
  } finally {
    await staged.discard();
  }
}

/** The object must be the one whose bytes were copied, appendable, and exactly `position` long. */
function appendable(position: number, expected: StoredObject | undefined): Accept {
  return current => {
    if (current !== undefined && current.attributes.type !== 'Appendable') {
      const message = 'The object is not appendable';
      throw new OssError({ status: 409, code: 'ObjectNotAppendable', message, ec: '0026-00000017' });
    }
    if ((current?.sizeBytes ?? 0) === position && current?.etag === expected?.etag) return;
    const next = String(current?.sizeBytes ?? 0);
    throw new OssError({
      status: 409,
      code: 'PositionNotEqualToLength',
      message: 'Position is not equal to file length',
      ec: '0026-00000016',
      headers: { 'x-oss-next-append-position': next },
    });
  };
}

/** Without moving the bytes, where the store can. */
async function stageExisting(
  exchange: Exchange,
  object: StoredObject,
): Promise<Pick<ReceivedBytes, 'staged' | 'crc64'>> {
  const { store } = exchange;
  if (object.sizeBytes > MAX_BODY_BYTES) throw entityTooLarge();
  const crc64 = store.stageCopy === undefined ? undefined : (await store.checksumsOf?.(object))?.crc64;
  if (store.stageCopy !== undefined && crc64 !== undefined) return { staged: await store.stageCopy(object), crc64 };
  return stageBytes(exchange.store, exchange.store.read(object, { start: 0, end: object.sizeBytes }));
}

/** Not an MD5 of the content, but it changes with every append. */
function appendableEtag(crc64: bigint, sizeBytes: number): string {
  const hash = createHash('md5').update(`${crc64}:${sizeBytes}`).digest('hex');
  return `${hash.slice(0, 24)}00000000`.toUpperCase();
}
