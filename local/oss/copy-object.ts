// CopyObject, also onto itself to change metadata: https://www.alibabacloud.com/help/en/oss/developer-reference/copyobject

import type { ObjectDetails, ObjectStore, StagedBytes, StoredObject } from '../store/object-store.ts';
import { checkConditions } from './check-conditions.ts';
import { requireObject } from './get-object.ts';
import { percentDecode } from './header-text.ts';
import { etagOf, readDetails } from './object-headers.ts';
import { entityTooLarge, invalidArgument, noSuchBucket, OssError, preconditionFailed } from './oss-error.ts';
import { createdChange, wholeSeconds } from './oss-event.ts';
import { type Exchange, header, sendEmpty, sendXml } from './oss-exchange.ts';
import { xmlDocument, xmlElement } from './oss-xml.ts';
import { Before, commitStaged } from './put-object.ts';
import { isObjectName } from './request-address.ts';
import { MAX_BODY_BYTES, noBytes, stageBytes } from './stage-bytes.ts';
import { requireReadable } from './storage-state.ts';

export interface CopySource {
  readonly store: ObjectStore;
  readonly object: StoredObject;
}

export async function copyObject(exchange: Exchange): Promise<void> {
  const source = await findCopySource(exchange);
  if (source === 'not-modified') return sendEmpty(exchange, 304);
  const { object } = source;
  if (object.attributes.type === 'Appendable') {
    const message = 'The operation is not supported for this resource';
    throw new OssError({ status: 400, code: 'OperationNotSupported', message });
  }
  const details = copiedDetails(exchange, object);
  const before = new Before(exchange);
  const isOntoItself = source.store === exchange.store && object.key === exchange.key;
  const copy = isOntoItself
    ? await exchange.store.describe(exchange.key, details, { accept: before.accept })
    : await copyBytes(exchange, source, details, before);
  if (copy === undefined) throw new OssError({ status: 404, code: 'NoSuchKey', message: 'The object vanished.' });
  exchange.fire(createdChange({ eventName: 'ObjectCreated:CopyObject', object: copy, sizeBefore: before.sizeBytes }));
  const crc64 = copy.attributes.crc64;
  const content = `${xmlElement('ETag', `"${etagOf(copy)}"`)}\n  ${xmlElement('LastModified', wholeSeconds(copy.lastModified))}`;
  const headers: Record<string, string> = { ETag: `"${etagOf(copy)}"` };
  if (crc64 !== undefined) headers['x-oss-hash-crc64ecma'] = crc64;
  sendXml(exchange, xmlDocument('CopyObjectResult', content), headers);
}

/** Throws OssError 400 for a bad source, 403 InvalidObjectState, 404, 412. */
export async function findCopySource(exchange: Exchange): Promise<CopySource | 'not-modified'> {
  const text = header(exchange, 'x-oss-copy-source') ?? '';
  const path = percentDecode(text.replace(/\?versionId=.*$/, ''))?.replace(/^\//, '') ?? '';
  const slash = path.indexOf('/');
  const bucket = path.slice(0, slash);
  const key = path.slice(slash + 1);
  if (slash < 1 || key === '' || !isObjectName(key)) {
    throw invalidArgument(
      'x-oss-copy-source',
      text,
      'Copy Source must mention the source bucket and key: /bucket/key.',
    );
  }
  const store = exchange.buckets.get(bucket);
  if (store === undefined) throw noSuchBucket(bucket);
  const object = await requireObject(store, key);
  const condition = (name: string) => header(exchange, `x-oss-copy-source-${name}`);
  const verdict = checkConditions(
    {
      ifMatch: condition('if-match'),
      ifNoneMatch: condition('if-none-match'),
      ifModifiedSince: condition('if-modified-since'),
      ifUnmodifiedSince: condition('if-unmodified-since'),
    },
    { etag: etagOf(object), lastModified: object.lastModified },
  );
  if (verdict.kind === 'failed') throw preconditionFailed(`x-oss-copy-source-${verdict.condition}`);
  if (verdict.kind === 'not-modified') return 'not-modified';
  requireReadable(object, exchange.now());
  return { store, object };
}

/** The bytes are the same, so ETag, CRC-64 and type are; the class is the request's and a restore is not inherited. */
function copiedDetails(exchange: Exchange, source: StoredObject): ObjectDetails {
  const request = readDetails(exchange.request.headers);
  const replaces = (name: string) => header(exchange, name)?.toUpperCase() === 'REPLACE';
  const described = replaces('x-oss-metadata-directive') ? request : source;
  const tags = replaces('x-oss-tagging-directive') ? request.tags : source.tags;
  const attributes: Record<string, string> = { ...request.attributes };
  for (const name of ['type', 'crc64', 'content-md5', 'symlink-target']) {
    const value = source.attributes[name];
    if (value !== undefined) attributes[name] = value;
  }
  return { etag: source.etag, headers: described.headers, metadata: described.metadata, tags, attributes };
}

async function copyBytes(
  exchange: Exchange,
  { store, object }: CopySource,
  details: ObjectDetails,
  before: Before,
): Promise<StoredObject> {
  const staged = await stageCopyOf(exchange, { store, object });
  return commitStaged(staged, () => exchange.store.commit(exchange.key, [staged], details, before.accept));
}

/** Without moving the bytes, where the store can. */
async function stageCopyOf(exchange: Exchange, { store, object }: CopySource): Promise<StagedBytes> {
  if (object.sizeBytes > MAX_BODY_BYTES) throw entityTooLarge();
  if (store === exchange.store && store.stageCopy !== undefined) return store.stageCopy(object);
  const bytes = object.sizeBytes === 0 ? noBytes() : store.read(object, { start: 0, end: object.sizeBytes });
  return (await stageBytes(exchange.store, bytes)).staged;
}
