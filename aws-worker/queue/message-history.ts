// What a message must not forget when a copy takes its place, as attributes of the copy: its own receive count begins anew, and so only what happens to
// it under this id brings it nearer to the queue's redrive policy.
// A dead letter carries none of this, so what is redriven begins anew. Nor does the copy of work that has ended: that it ended shows that it kills nobody.

import { SQS_MESSAGE_MAX_BYTES } from '../../shared/limits.ts';
import { countMessageBytes } from './message-batches.ts';
import type { MessageHistory, OutgoingMessage } from './message-queue.ts';

const CRASHES = 'Crashes';
const HAND_OVERS = 'HandOvers';

/** To be asked for in each receive. */
export const HISTORY_ATTRIBUTE_NAMES = [CRASHES, HAND_OVERS];

/** Without it where both together would be longer than SQS takes: nothing of ours is that long. */
export function withHistory(message: OutgoingMessage, history: MessageHistory): OutgoingMessage {
  const attributes = { ...message.attributes, ...toAttributes(history) };
  const copy = { ...message, attributes };
  return countMessageBytes(copy) <= SQS_MESSAGE_MAX_BYTES ? copy : message;
}

function toAttributes({ crashes, handOvers }: MessageHistory): Readonly<Record<string, string>> {
  return {
    ...(crashes > 0 ? { [CRASHES]: String(crashes) } : {}),
    ...(handOvers > 0 ? { [HAND_OVERS]: String(handOvers) } : {}),
  };
}

/** Whatever is no count, of whoever sent it, is 0. */
export function readHistory(attribute: (name: string) => string | undefined): MessageHistory {
  return { crashes: readCount(attribute(CRASHES)), handOvers: readCount(attribute(HAND_OVERS)) };
}

function readCount(text = ''): number {
  return /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
}
