import type { ServerResponse } from 'node:http';

/** Counts the body bytes of the answers that it is shown before they are given. */
export function countObjectBytes(): { readonly bytes: number; count(response: ServerResponse): void } {
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    count(response) {
      for (const method of ['write', 'end'] as const) {
        const original: (...values: never[]) => unknown = response[method].bind(response);
        const counting = (...values: never[]) => {
          const [chunk] = values as readonly unknown[];
          if (chunk instanceof Uint8Array) bytes += chunk.length;
          return original(...values);
        };
        Object.defineProperty(response, method, { value: counting });
      }
    },
  };
}
