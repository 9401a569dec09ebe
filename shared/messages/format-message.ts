import { toAsciiJson } from './ascii-json.ts';
import type { BatchMessage, ObjectMessage, RangeMessage } from './message.ts';

/** The body to send: one line of ASCII JSON. */
export function formatMessage(message: ObjectMessage | BatchMessage | RangeMessage): string {
  return toAsciiJson(message);
}
