// How much work a consumer holds at once, and so how many messages it may ask for. Each message has one of three lanes, so that none waits for hours behind
// work of another lane:
// - small live ones: any slot that is free;
// - large live ones, more than a slot's share of the bytes: an eighth of the slots, and `maxBytes` of all that they move;
// - those of backfills: at most `maxBackfillMessages`, and `maxBytes` too.
// Not guaranteed: a bound of memory. Of what is in work, only a few parts are in memory at a time, and those the memory budget bounds.

import { SQS_BATCH_MAX_ENTRIES } from '../../shared/limits.ts';

export interface WindowLimits {
  readonly maxMessages: number;
  /** Of one lane. */
  readonly maxBytes: number;
  /** Default: 8, a few batches keep a worker busy; but in a window of few slots three quarters of them. */
  readonly maxBackfillMessages?: number;
}

export interface Weight {
  readonly bytes: number;
  /** A batch or a range. */
  readonly isBackfill: boolean;
}

export interface Window {
  readonly messages: number;
  readonly bytes: number;
  /** Whether this much more may start now. Work that is over `maxBytes` by itself may when its lane is empty. */
  fits(weight: Weight): boolean;
  enter(weight: Weight): void;
  leave(weight: Weight): void;
  /** 0 to 10: how many messages may be asked for. What comes and has no room in its lane must wait elsewhere than here. */
  room(): number;
}

const MAX_BACKFILL_MESSAGES = 8;
const LARGE_SHARE = 1 / 8;
const BACKFILL_SHARE = 3 / 4;

interface Lane {
  readonly maxMessages: number;
  readonly maxBytes: number;
  messages: number;
  bytes: number;
}

export function createWindow(limits: WindowLimits): Window {
  const { maxMessages, maxBytes } = limits;
  const atMost = (share: number) => Math.max(1, Math.floor(maxMessages * share));
  const { maxBackfillMessages = Math.min(MAX_BACKFILL_MESSAGES, atMost(BACKFILL_SHARE)) } = limits;
  const lane = (most: number): Lane => ({ maxMessages: most, maxBytes, messages: 0, bytes: 0 });
  const small = lane(maxMessages);
  const large = lane(atMost(LARGE_SHARE));
  const backfill = lane(maxBackfillMessages);
  const total = (count: 'messages' | 'bytes') => small[count] + large[count] + backfill[count];

  /** Small ones need no bound of their bytes: all slots full of them are `maxBytes`. */
  function laneOf({ bytes, isBackfill }: Weight): Lane {
    if (isBackfill) return backfill;
    return bytes > maxBytes / maxMessages ? large : small;
  }

  return {
    get messages() {
      return total('messages');
    },
    get bytes() {
      return total('bytes');
    },
    fits(weight) {
      const { messages, bytes, ...most } = laneOf(weight);
      const hasRoom = messages === 0 || (messages < most.maxMessages && bytes + weight.bytes <= most.maxBytes);
      return hasRoom && total('messages') < maxMessages;
    },
    enter(weight) {
      const entered = laneOf(weight);
      entered.messages += 1;
      entered.bytes += weight.bytes;
    },
    leave(weight) {
      const left = laneOf(weight);
      left.messages -= 1;
      left.bytes -= weight.bytes;
    },
    room: () => Math.max(0, Math.min(SQS_BATCH_MAX_ENTRIES, maxMessages - total('messages'))),
  };
}
