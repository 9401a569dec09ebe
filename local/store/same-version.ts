// Stores give each version a StoredObject of its own; callers may hand in a copy of it. That is good while the key still holds the same version.

import { BridgeError } from '../../shared/bridge-error.ts';
import type { StoredObject } from './object-store.ts';

export function isSameVersion(current: StoredObject | undefined, object: StoredObject): boolean {
  return (
    current?.etag === object.etag &&
    current.sizeBytes === object.sizeBytes &&
    current.lastModified.getTime() === object.lastModified.getTime()
  );
}

export function objectChanged(key: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'object-changed',
    message: 'The object was replaced or removed since it was looked up.',
    key,
  });
}
