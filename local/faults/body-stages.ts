// What can be done to a body on its way, for requests and responses alike: each stage takes the bytes and gives other ones, or later, or
// fewer. Pulled by whoever reads the last of them, so back-pressure is kept and one chunk at a time is held.

import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { pause } from './pause.ts';

export type Bytes = AsyncIterable<Uint8Array>;
export type BodyStage = (body: Bytes) => Bytes;

/** Pieces a second, so that little bandwidth is a trickle and not a burst now and then. */
const PIECES_PER_SECOND = 20;

/** The lowest bit of that byte; a shorter body stays as it is. */
export function flipBit(atByte: number): BodyStage {
  return async function* flip(body) {
    let passedBytes = 0;
    for await (const chunk of body) {
      const index = atByte - passedBytes;
      passedBytes += chunk.length;
      const byte = chunk[index];
      if (byte === undefined) {
        yield chunk;
        continue;
      }
      const flipped = Uint8Array.from(chunk);
      flipped[index] = byte ^ 1;
      yield flipped;
    }
  };
}

/** Until `healed`. */
export function limitBandwidth(bytesPerSecond: number, healed: AbortSignal): BodyStage {
  const pieceBytes = Math.max(1, Math.floor(bytesPerSecond / PIECES_PER_SECOND));
  return async function* trickle(body) {
    let dueAt = 0;
    for await (const chunk of body) {
      for (let start = 0; start < chunk.length; start += pieceBytes) {
        const piece = chunk.subarray(start, start + pieceBytes);
        const now = performance.now();
        dueAt = Math.max(dueAt, now) + (piece.length / bytesPerSecond) * 1000;
        await pause(dueAt - now, [healed]);
        yield piece;
      }
    }
  };
}

/** Calls `act` once so many bytes have passed, and goes on when it returns. `orAtEnd`: of a shorter body, at its end; else never. */
export function interrupt(options: {
  readonly afterBytes: number;
  readonly orAtEnd: boolean;
  readonly act: () => Promise<void>;
}): BodyStage {
  const { afterBytes, orAtEnd, act } = options;
  return async function* interrupted(body) {
    let leftBytes = afterBytes;
    let hasActed = false;
    for await (const chunk of body) {
      if (hasActed || chunk.length < leftBytes) {
        leftBytes -= chunk.length;
        yield chunk;
        continue;
      }
      if (leftBytes > 0) yield chunk.subarray(0, leftBytes);
      hasActed = true;
      await act();
      if (leftBytes < chunk.length) yield chunk.subarray(leftBytes);
    }
    if (!hasActed && orAtEnd) await act();
  };
}

/** The rest is read and thrown away, so that whoever writes it comes to his end. */
export function cut(afterBytes: number): BodyStage {
  return async function* shortened(body) {
    let leftBytes = afterBytes;
    for await (const chunk of body) {
      if (leftBytes > 0) yield chunk.subarray(0, leftBytes);
      leftBytes -= Math.min(leftBytes, chunk.length);
    }
  };
}

export function gzip(): BodyStage {
  return async function* (body) {
    const source = Readable.from(body);
    const compressed = createGzip();
    // Whoever reads is told by the iterator; a client that went away leaves nobody else to tell.
    source.on('error', () => undefined);
    compressed.on('error', () => undefined);
    pipeline(source, compressed, () => undefined);
    yield* compressed;
  };
}

export function chain(stages: readonly BodyStage[]): BodyStage {
  return body => stages.reduce((bytes, stage) => stage(bytes), body);
}
