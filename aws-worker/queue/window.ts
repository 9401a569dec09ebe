// How much work a consumer holds at once, by count and by bytes, and so how many messages it may ask for. Messages of backfills, each of which stands
// for many objects, have a cap of their own: where one queue serves both, they must not take every slot from live ones.

import { SQS_BATCH_MAX_ENTRIES } from '../../shared/limits.ts';

export interface WindowLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Default 8: a few batches keep a worker busy. */
  readonly maxBackfillMessages?: number;
}

export interface Weight {
  readonly bytes: number;
  /** A batch or a range. */
  readonly isBackfill: boolean;
}

const DEFAULT_MAX_BACKFILL_MESSAGES = 8;

export interface Window {
  readonly messages: number;
  readonly bytes: number;
  /** Whether this much more may start now. Work that is over `maxBytes` by itself may when it is alone. */
  fits(weight: Weight): boolean;
  /** Whether its kind has a slot: if not, messages of the other kind may still have one. */
  hasSlotFor(weight: Weight): boolean;
  enter(weight: Weight): void;
  leave(weight: Weight): void;
  /** 0 to 10: how many messages there is room for, judged by what the last ones weighed. */
  room(): number;
}

/** Weight of the newest message in the running average. */
const NEWEST_SHARE = 0.2;

export function createWindow(limits: WindowLimits): Window {
  const { maxBackfillMessages = DEFAULT_MAX_BACKFILL_MESSAGES } = limits;
  let messages = 0;
  let backfillMessages = 0;
  let bytes = 0;
  let averageBytes = 0;
  const hasSlotFor = ({ isBackfill }: Weight) => !isBackfill || backfillMessages < maxBackfillMessages;
  return {
    get messages() {
      return messages;
    },
    get bytes() {
      return bytes;
    },
    fits: weight =>
      messages === 0 ||
      (messages < limits.maxMessages && bytes + weight.bytes <= limits.maxBytes && hasSlotFor(weight)),
    hasSlotFor,
    enter({ bytes: more, isBackfill }) {
      messages += 1;
      if (isBackfill) backfillMessages += 1;
      bytes += more;
      averageBytes += (more - averageBytes) * NEWEST_SHARE;
    },
    leave({ bytes: less, isBackfill }) {
      messages -= 1;
      if (isBackfill) backfillMessages -= 1;
      bytes -= less;
    },
    room() {
      const byCount = Math.min(SQS_BATCH_MAX_ENTRIES, limits.maxMessages - messages);
      if (byCount <= 0 || (messages > 0 && bytes >= limits.maxBytes)) return 0;
      // At least one: what the next message weighs is only known once it is here.
      const byBytes = averageBytes <= 0 ? byCount : Math.floor((limits.maxBytes - bytes) / averageBytes);
      return Math.max(1, Math.min(byCount, byBytes));
    },
  };
}
