// Marks a message that is put back after work on it: the count of its receives begins anew with the copy, and would say that nobody had it before.

import { formatMessage } from './format-message.ts';
import { parseMessage } from './parse-message.ts';

/** The body with `again`. That of a range stays as it is: whoever lists one begins at its checkpoint. @throws BridgeError permanent `malformed-message` */
export function workedOnBefore(body: string): string {
  const { kind, message } = parseMessage(body);
  return kind === 'range' ? body : formatMessage({ ...message, again: true });
}
