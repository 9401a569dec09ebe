// The whole task of the function: event in, one message per changed object out. Whatever could not be read or sent makes it throw, so
// that Function Compute retries the event and, in the end, hands it to the failure destination. What a retry sends twice does no harm:
// a message is a hint, and the worker reconciles the key.

import { type BridgeError, hasCode } from '../shared/bridge-error.ts';
import type { Log } from '../shared/log.ts';
import type { ObjectMessage } from '../shared/messages/message.ts';
import { isForwarded } from './forwarded-events.ts';
import { type OssChange, ossRecords, readOssRecord } from './oss-event.ts';

/** What shared/messages/message.ts allows. */
const MAX_ETAG_CHARACTERS = 256;
const MAX_EVENT_TIME_CHARACTERS = 40;

/** Where messages go. */
export interface MessageSender {
  /**
   * Resolves once the queue has accepted every message. May be repeated.
   * @throws BridgeError when it has not; some messages may have been accepted all the same
   */
  send(messages: readonly ObjectMessage[]): Promise<void>;
}

export interface HandleOptions {
  readonly sender: MessageSender;
  readonly followSymlinks: boolean;
  readonly log: Log;
}

export interface EventSummary {
  /** Records in the event. */
  readonly received: number;
  readonly forwarded: number;
  /** Records of operations that leave no changed object behind. */
  readonly ignored: number;
}

/**
 * Forwards what an event reports.
 * @throws BridgeError permanent `malformed-event` when the event or one of its records can't be read (the others have been sent then),
 *   or what the sender throws
 */
export async function handleOssEvent(event: unknown, options: HandleOptions): Promise<EventSummary> {
  const { sender, log } = options;
  const records = ossRecords(event);
  const { changes, faults } = readRecords(records);
  for (const fault of faults) log.error('record unreadable', { error: fault });

  const wanted: OssChange[] = [];
  for (const change of changes) {
    if (isForwarded(change.eventName, options)) wanted.push(change);
    else log.debug('event ignored', { eventName: change.eventName, sourceKey: change.key });
  }
  if (wanted.length > 0) await sender.send(wanted.map(toMessage));
  for (const change of wanted) log.debug('event forwarded', { eventName: change.eventName, sourceKey: change.key });

  const [fault] = faults;
  if (fault !== undefined) throw fault;
  return { received: records.length, forwarded: wanted.length, ignored: changes.length - wanted.length };
}

function readRecords(records: readonly unknown[]): { readonly changes: OssChange[]; readonly faults: BridgeError[] } {
  const changes: OssChange[] = [];
  const faults: BridgeError[] = [];
  for (const record of records) {
    try {
      changes.push(readOssRecord(record));
    } catch (error) {
      if (!hasCode(error, 'malformed-event')) throw error;
      faults.push(error);
    }
  }
  return { changes, faults };
}

/** The wire form; hints that its schema has no room for are left out, since a refused message would be worse than one without them. */
export function toMessage(change: OssChange): ObjectMessage {
  const { key, sizeBytes, bucket, etag, eventTime } = change;
  return {
    key,
    ...(sizeBytes === undefined ? {} : { size: sizeBytes }),
    bucket,
    ...(etag === undefined || etag.length > MAX_ETAG_CHARACTERS ? {} : { etag }),
    ...(eventTime === undefined || eventTime.length > MAX_EVENT_TIME_CHARACTERS ? {} : { eventTime }),
  };
}
