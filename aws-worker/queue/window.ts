// How much work a consumer holds at once, by count and by bytes, and so how many messages it may ask for.

import { SQS_BATCH_MAX_ENTRIES } from '../../shared/limits.ts';

export interface WindowLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export interface Window {
  readonly messages: number;
  readonly bytes: number;
  /** Whether this much more may start now. Work that is over `maxBytes` by itself may when it is alone. */
  fits(bytes: number): boolean;
  enter(bytes: number): void;
  leave(bytes: number): void;
  /** 0 to 10: how many messages there is room for, judged by what the last ones weighed. */
  room(): number;
}

/** Weight of the newest message in the running average. */
const NEWEST_SHARE = 0.2;

export function createWindow(limits: WindowLimits): Window {
  let messages = 0;
  let bytes = 0;
  let averageBytes = 0;
  return {
    get messages() {
      return messages;
    },
    get bytes() {
      return bytes;
    },
    fits: more => messages === 0 || (messages < limits.maxMessages && bytes + more <= limits.maxBytes),
    enter(more) {
      messages += 1;
      bytes += more;
      averageBytes += (more - averageBytes) * NEWEST_SHARE;
    },
    leave(less) {
      messages -= 1;
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
