// How many bytes a message's work will move, for the consumer's window. A guess from the body: what doesn't parse weighs nothing and is refused soon.

import { parseMessage } from '../shared/messages/parse-message.ts';

export function weighMessage(body: string): number {
  try {
    const parsed = parseMessage(body);
    if (parsed.kind === 'object') return parsed.message.size ?? 0;
    if (parsed.kind === 'range') return 0;
    return (parsed.message.objects ?? []).reduce((sum, object) => sum + object.size, 0);
  } catch {
    return 0; // the handler parses it again, and says what is wrong with it
  }
}
