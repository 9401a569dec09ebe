// How many bytes a message's work will move, for the consumer's window. A guess from the body: what doesn't parse weighs nothing and is refused soon.

import { MEBIBYTE } from '../shared/limits.ts';
import { parseMessage } from '../shared/messages/parse-message.ts';

/** A large object moves a few parts at a time: it must not fill the window by itself. */
const MAX_WEIGHT_BYTES = 512 * MEBIBYTE;

export function weighMessage(body: string): number {
  try {
    const parsed = parseMessage(body);
    if (parsed.kind === 'range') return 0;
    const sizes = parsed.kind === 'object' ? [parsed.message] : (parsed.message.objects ?? []);
    return Math.min(
      MAX_WEIGHT_BYTES,
      sizes.reduce((sum, { size = 0 }) => sum + size, 0),
    );
  } catch {
    return 0; // the handler parses it again, and says what is wrong with it
  }
}
