import type { ServerResponse } from 'node:http';

/** Counts the body bytes of the answers that it is shown before they are given; faults may still change them. */
export function countObjectBytes(): { readonly bytes: number; count(response: ServerResponse): void } {
  let bytes = 0;
  const countChunk = ([chunk]: readonly unknown[]) => {
    if (chunk instanceof Uint8Array) bytes += chunk.length;
  };
  return {
    get bytes() {
      return bytes;
    },
    count(response) {
      const { write, end } = response;
      response.write = (...given: unknown[]) => {
        countChunk(given);
        return Reflect.apply(write, response, given);
      };
      response.end = (...given: unknown[]) => {
        countChunk(given);
        return Reflect.apply(end, response, given);
      };
    },
  };
}
