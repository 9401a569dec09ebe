// Reads what Function Compute hands over: the native OSS trigger's `{"events":[…]}`, or EventBridge's CloudEvents, one or an array.
//   https://www.alibabacloud.com/help/en/functioncompute/fc/formats-of-event-for-different-triggers-1
//   https://www.alibabacloud.com/help/en/eventbridge/user-guide/oss-events
// In two steps, so that one bad record does not hide the good ones beside it: `ossRecords` opens the envelope, `readOssRecord` reads one.
// Only the event's name, the bucket and the key are required; everything else is a hint or is ignored. Keys are raw UTF-8: they are
// never percent-decoded, because `a%20b` is a key of its own.

import { BridgeError } from '../shared/bridge-error.ts';
import { keyFault } from '../shared/keys/key-rules.ts';

/** No bucket has a longer name, and no message has room for one: https://www.alibabacloud.com/help/en/oss/user-guide/bucket-naming-conventions */
const BUCKET_MAX_CHARACTERS = 63;

/** One change that OSS reports. */
export interface OssChange {
  /** Without the `oss:` that EventBridge and the trigger's configuration put before it: `ObjectCreated:PutObject`. */
  readonly eventName: string;
  readonly bucket: string;
  readonly key: string;
  /** The whole object's size after the change. Never `deltaSize`, which is what the object grew by. */
  readonly sizeBytes?: number;
  /** Without quotes. */
  readonly etag?: string;
  /** ISO 8601, in whole seconds: no order can be read from it. */
  readonly eventTime?: string;
}

/**
 * The records of an event, not yet looked at.
 * @throws BridgeError permanent `malformed-event` when this is no OSS event at all
 */
export function ossRecords(event: unknown): readonly unknown[] {
  const envelope = parseJson(event);
  if (Array.isArray(envelope)) return notEmpty(envelope, 'the array');
  const events = field(envelope, 'events');
  if (Array.isArray(events)) return notEmpty(events, '`events`');
  if (field(envelope, 'specversion') !== undefined || field(envelope, 'data') !== undefined) return [envelope];
  throw malformed('it has neither an `events` array (OSS trigger) nor `specversion` and `data` (EventBridge)');
}

/** @throws BridgeError permanent `malformed-event`, naming every required field that is missing, or what is wrong with the key */
export function readOssRecord(record: unknown): OssChange {
  const isCloudEvent = field(record, 'specversion') !== undefined || field(record, 'data') !== undefined;
  const data = isCloudEvent ? field(record, 'data') : record;
  const at = isCloudEvent ? 'data.' : '';
  const oss = field(data, 'oss');
  const object = field(oss, 'object');

  const eventName = text(field(data, 'eventName')) ?? (isCloudEvent ? text(field(record, 'type')) : undefined);
  const bucket = text(field(field(oss, 'bucket'), 'name'));
  const key = text(field(object, 'key'));
  if (eventName === undefined || bucket === undefined || key === undefined) {
    const missing = [
      ...(eventName === undefined ? [`${at}eventName`] : []),
      ...(bucket === undefined ? [`${at}oss.bucket.name`] : []),
      ...(key === undefined ? [`${at}oss.object.key`] : []),
    ];
    throw malformed(`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing or not text`);
  }
  const fault = keyFault(key);
  if (fault !== undefined) throw malformed(`oss.object.key ${fault}`, { key });
  if (bucket.length > BUCKET_MAX_CHARACTERS)
    throw malformed(`oss.bucket.name has ${bucket.length} characters`, { key });

  const sizeBytes = size(field(object, 'size'));
  const etag = text(field(object, 'eTag'));
  const eventTime = text(field(data, 'eventTime')) ?? (isCloudEvent ? text(field(record, 'time')) : undefined);
  return {
    eventName: eventName.replace(/^oss:/, ''),
    bucket,
    key,
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(etag === undefined ? {} : { etag }),
    ...(eventTime === undefined ? {} : { eventTime }),
  };
}

function parseJson(event: unknown): unknown {
  if (typeof event !== 'string' && !ArrayBuffer.isView(event)) return event;
  try {
    return JSON.parse(typeof event === 'string' ? event : decodeUtf8(event));
  } catch (cause) {
    throw malformed('it is not JSON in UTF-8', { cause });
  }
}

/** Strict: a byte that is not UTF-8 would become U+FFFD, and with it a key another key. */
function decodeUtf8(bytes: ArrayBufferView): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return new TextDecoder('utf-8', { fatal: true }).decode(
    Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength)),
  );
}

function notEmpty(records: readonly unknown[], name: string): readonly unknown[] {
  if (records.length === 0) throw malformed(`${name} is empty`);
  return records;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A size that makes no sense is no size: it's only a hint, and the object is what matters. */
function size(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function malformed(what: string, about: { readonly key?: string; readonly cause?: unknown } = {}): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'malformed-event',
    message: `This is not an OSS event that can be forwarded: ${what}.`,
    ...about,
  });
}
