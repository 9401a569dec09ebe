// What becomes of a message that a worker passes on without having come to the end of its work.

import { REQUEST_SETTLED_SECONDS } from '../../shared/limits.ts';
import type { Disposition } from './disposition.ts';
import type { ReceivedMessage } from './message-queue.ts';
import { releaseDelaySeconds, SHORTEST_RELEASE_SECONDS } from './release-delay.ts';

/** Longer each time: others may have room, but what nobody has room for must not go round and round. */
export function forWantOfRoom(message: ReceivedMessage): Disposition {
  const handOvers = (message.handOvers ?? 0) + 1;
  return handedOver(message, { delaySeconds: releaseDelaySeconds(handOvers), handOvers });
}

export function toOtherWorkers(message: ReceivedMessage): Disposition {
  return handedOver(message, { delaySeconds: SHORTEST_RELEASE_SECONDS, handOvers: 0 });
}

/** Also those may still be under way. */
export function afterItsWrites(message: ReceivedMessage): Disposition {
  return handedOver(message, { delaySeconds: REQUEST_SETTLED_SECONDS, handOvers: 0 });
}

/**
 * A release would count as a crash, and a copy that knew nothing would let a message that kills workers go on for ever. So there is a copy that knows how
 * often it was received before; this receive is none of those.
 */
function handedOver(
  { body, receiveCount }: ReceivedMessage,
  { delaySeconds, handOvers }: { readonly delaySeconds: number; readonly handOvers: number },
): Disposition {
  return { kind: 'replace', body, delaySeconds, history: { crashes: receiveCount - 1, handOvers } };
}
