// A message on its way to the dead-letter queue: the body as it came, so that a redrive brings the very same message back; why it is there
// stands in attributes, which the console shows.

import { SQS_MESSAGE_MAX_BYTES } from '../../shared/limits.ts';
import { attributeText } from '../../shared/messages/attribute-text.ts';
import { countMessageBytes } from './message-batches.ts';
import type { OutgoingMessage } from './message-queue.ts';

export interface DeadLetter {
  readonly body: string;
  readonly code: string;
  readonly reason: string;
  readonly sourceQueue: string;
}

/** Without the attributes where both together would be longer than SQS takes: the body matters more. */
export function toDeadLetterCopy(letter: DeadLetter): OutgoingMessage {
  const attributes = {
    Code: attributeText(letter.code),
    Reason: attributeText(letter.reason),
    SourceQueue: attributeText(letter.sourceQueue),
  };
  const copy = { body: letter.body, attributes };
  return countMessageBytes(copy) <= SQS_MESSAGE_MAX_BYTES ? copy : { body: letter.body };
}
