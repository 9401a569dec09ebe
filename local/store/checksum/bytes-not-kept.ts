import { BridgeError } from '../../../shared/bridge-error.ts';

/** What can be read of so many bytes where none are kept: nothing. Throws `bytes-not-kept` unless that is right. */
export async function* readNotKept(lengthBytes: number, key?: string): AsyncGenerator<Uint8Array> {
  if (lengthBytes > 0) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'bytes-not-kept',
      message: 'This bucket keeps lengths and checksums, no bytes: nothing can be read from it.',
      ...(key === undefined ? {} : { key }),
    });
  }
  yield* [];
}
