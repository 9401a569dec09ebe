// Archived objects: whether their bytes can be read now, and restoring them.
// https://www.alibabacloud.com/help/en/oss/developer-reference/restoreobject
// Kept in the attributes `restore` (the `x-oss-restore` text), and while it runs `restore-done-at` and `restore-ends-at`, in
// milliseconds since 1970. Time does the rest: nothing runs in the background.

import type { StoredObject } from '../store/object-store.ts';
import { invalidArgument, invalidObjectState, noSuchKey, OssError } from './oss-error.ts';
import { type Exchange, sendEmpty } from './oss-exchange.ts';
import { childrenOf, textOf } from './oss-xml.ts';
import { receiveXml } from './receive-body.ts';

const ARCHIVED = new Set(['Archive', 'ColdArchive', 'DeepColdArchive']);
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** What `x-oss-restore` says of the object now; undefined when it was never restored, or no longer is. */
export function restoreText(object: StoredObject, now: Date): string | undefined {
  const { restore, 'restore-done-at': doneAt, 'restore-ends-at': endsAt } = object.attributes;
  if (restore === undefined || doneAt === undefined || endsAt === undefined) return restore;
  if (now.getTime() < Number(doneAt)) return 'ongoing-request="true"';
  if (now.getTime() >= Number(endsAt)) return undefined;
  return `ongoing-request="false", expiry-date="${new Date(Number(endsAt)).toUTCString()}"`;
}

/** Throws OssError 403 InvalidObjectState when the object is archived and not restored. */
export function requireReadable(object: StoredObject, now: Date): void {
  if (!ARCHIVED.has(object.attributes['storage-class'] ?? 'Standard')) return;
  if (!restoreText(object, now)?.includes('"false"')) throw invalidObjectState(object.key);
}

export async function restoreObject(exchange: Exchange): Promise<void> {
  const days = exchange.request.headers['content-length'] === '0' ? 1 : await readDays(exchange);
  const object = await exchange.store.find(exchange.key);
  if (object === undefined) throw noSuchKey(exchange.key);
  if (!ARCHIVED.has(object.attributes['storage-class'] ?? 'Standard')) {
    const message = 'The operation is not supported for this resource';
    throw new OssError({ status: 400, code: 'OperationNotSupported', message, ec: '0016-00000702' });
  }
  const now = exchange.now();
  const text = restoreText(object, now);
  if (text?.includes('"true"')) {
    const message = 'The restore operation is in progress.';
    throw new OssError({ status: 409, code: 'RestoreAlreadyInProgress', message, ec: '0016-00000701' });
  }
  const doneAt = text === undefined ? now.getTime() + exchange.restoreMilliseconds : now.getTime();
  const attributes = {
    ...object.attributes,
    restore: 'ongoing-request="true"',
    'restore-done-at': String(doneAt),
    'restore-ends-at': String(doneAt + days * DAY_MILLISECONDS),
  };
  await exchange.store.describe(exchange.key, { ...object, attributes }, { keepLastModified: true });
  // 202 starts it; once restored, another request prolongs it and says 200.
  sendEmpty(exchange, text === undefined ? 202 : 200);
}

async function readDays(exchange: Exchange): Promise<number> {
  const request = await receiveXml(exchange, 'RestoreRequest');
  const days = Number(textOf(request, 'Days') ?? '1');
  const tier = childrenOf(request, 'JobParameters').map(node => textOf(node, 'Tier'))[0] ?? 'Standard';
  if (!Number.isInteger(days) || days < 1)
    throw invalidArgument('Days', String(days), 'The number of days is not valid.');
  if (!['Expedited', 'Standard', 'Bulk'].includes(tier)) throw invalidArgument('Tier', tier, 'The tier is not valid.');
  return days;
}
