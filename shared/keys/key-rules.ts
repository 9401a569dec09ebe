// What a key may be. OSS: 1 to 1,023 bytes of UTF-8, not beginning with `/` or `\`
// (https://www.alibabacloud.com/help/en/oss/user-guide/object-naming-conventions). Everything else is the user's: `//`, `.` and `..`,
// a trailing `/`, controls, U+FFFE. A key is never normalised, trimmed, decoded or otherwise made nicer.

import { BridgeError } from '../bridge-error.ts';
import { OSS_KEY_MAX_BYTES, S3_KEY_MAX_BYTES } from '../limits.ts';
import { utf8Length } from '../utf8-order.ts';

/** What is wrong with a source key, as the end of a sentence; undefined when nothing is. */
export function keyFault(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (!key.isWellFormed()) return 'has a lone surrogate, which UTF-8 cannot carry; no OSS object has such a key';
  const lengthBytes = utf8Length(key);
  if (lengthBytes > OSS_KEY_MAX_BYTES) return `has ${lengthBytes} bytes; OSS allows ${OSS_KEY_MAX_BYTES}`;
  return undefined;
}

export interface KeyMapping {
  /** OSS_PREFIX: only keys that begin with it are moved, and it is taken off. */
  readonly sourcePrefix: string;
  /** S3_PREFIX: put before what remains. No slash is added. */
  readonly destinationPrefix: string;
}

/**
 * The key at the destination: `destinationPrefix` + key without `sourcePrefix`.
 * @throws BridgeError permanent `key-outside-prefix`, `key-too-long` (over S3's 1,024 bytes), `key-empty-at-destination`
 */
export function destinationKey(key: string, mapping: KeyMapping): string {
  if (!key.startsWith(mapping.sourcePrefix)) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'key-outside-prefix',
      message: `The key does not begin with OSS_PREFIX (${JSON.stringify(mapping.sourcePrefix)}), so this worker does not move it. Give the function's trigger the same prefix, or unset OSS_PREFIX.`,
      key,
    });
  }
  const mapped = mapping.destinationPrefix + key.slice(mapping.sourcePrefix.length);
  if (mapped === '') {
    throw new BridgeError({
      kind: 'permanent',
      code: 'key-empty-at-destination',
      message:
        'The key is OSS_PREFIX itself, so nothing remains of it at the destination. Set S3_PREFIX, or end OSS_PREFIX before the last character.',
      key,
    });
  }
  const lengthBytes = utf8Length(mapped);
  if (lengthBytes > S3_KEY_MAX_BYTES) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'key-too-long',
      message: `With S3_PREFIX the key has ${lengthBytes} bytes; S3 allows ${S3_KEY_MAX_BYTES}. Use a shorter S3_PREFIX.`,
      key,
    });
  }
  return mapped;
}

/** The source's key of a key at the destination; undefined when these prefixes never lead there. */
export function sourceKey(keyAtDestination: string, mapping: KeyMapping): string | undefined {
  const { sourcePrefix, destinationPrefix } = mapping;
  if (!keyAtDestination.startsWith(destinationPrefix)) return undefined;
  return sourcePrefix + keyAtDestination.slice(destinationPrefix.length);
}

/** Percent-encodes every byte but RFC 3986's unreserved ones and `/`: the canonical path of both clouds' signatures. */
export function encodeKeyForUrl(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/');
}
