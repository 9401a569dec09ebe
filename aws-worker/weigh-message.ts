// What a message's work will take of the consumer's window: bytes to move, and whether it is a backfill's. A guess from the body: what doesn't parse
// weighs nothing and is refused soon.

import { MEBIBYTE } from '../shared/limits.ts';
import { parseMessage } from '../shared/messages/parse-message.ts';
import type { Weight } from './queue/window.ts';

/** A large object moves a few parts at a time: it must not fill its lane of the window by itself. */
const MAX_WEIGHT_BYTES = 512 * MEBIBYTE;

export function weighMessage(body: string): Weight {
  try {
    const parsed = parseMessage(body);
    if (parsed.kind === 'range') return { bytes: 0, isBackfill: true };
    const sizes = parsed.kind === 'object' ? [parsed.message] : (parsed.message.objects ?? []);
    const bytes = sizes.reduce((sum, { size = 0 }) => sum + size, 0);
    return { bytes: Math.min(MAX_WEIGHT_BYTES, bytes), isBackfill: parsed.message.backfill !== undefined };
  } catch {
    return { bytes: 0, isBackfill: false }; // the handler parses it again, and says what is wrong with it
  }
}
