// What ends a round, or the work on a key, because something moved or nobody knows whether it did.

import { BridgeError } from '../../shared/bridge-error.ts';
import { REQUEST_SETTLED_SECONDS } from '../../shared/limits.ts';

export function moved(code: 'source-changed' | 'destination-changed', key: string): BridgeError {
  return new BridgeError({ kind: 'retryable', code, message: 'It changed while the object was being copied.', key });
}

export function sourceChanged(key: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'source-changed',
    message: 'The source object changed or vanished while it was being read.',
    key,
  });
}

export function movedAfterWrite(key: string): BridgeError {
  return moved('source-changed', key);
}

export function inDoubt(key: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'destination-in-doubt',
    message:
      'An earlier write, whose answer was lost, may yet arrive. The key is looked at again when it no longer can.',
    key,
    retryAfterMilliseconds: REQUEST_SETTLED_SECONDS * 1000,
  });
}

export function writeInDoubt(key: string, cause: unknown): BridgeError {
  return new BridgeError({
    kind: 'cancelled',
    code: 'write-in-doubt',
    message:
      'The work was stopped after a write was sent. The key is looked at again when the write can no longer arrive.',
    cause,
    key,
    retryAfterMilliseconds: REQUEST_SETTLED_SECONDS * 1000,
  });
}

export function destinationCorrupts(cause: unknown, key: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'destination-stored-other-bytes',
    message:
      'The destination says that it stored other bytes than were sent, try after try. What is there now is not to be trusted: look at what stands between, at its memory, and at this machine, then bring the object back with retry-failed or a redrive.',
    cause,
    key,
  });
}

/** The same failure, tried again when the write that nobody knows the end of can no longer arrive: over what the next try does, where ETags return. */
export function afterItSettled(error: unknown): unknown {
  if (!(error instanceof BridgeError)) return error;
  const { kind, code, message, cause, key, retryAfterMilliseconds = 0 } = error;
  return new BridgeError({
    kind,
    code,
    message,
    cause,
    ...(key === undefined ? {} : { key }),
    retryAfterMilliseconds: Math.max(retryAfterMilliseconds, REQUEST_SETTLED_SECONDS * 1000),
  });
}

export function keepsChanging(cause: unknown, key: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'source-keeps-changing',
    message: 'The source object changed each time while it was being copied.',
    cause,
    key,
  });
}
