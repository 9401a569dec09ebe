// Buffers used again, because allocating and zeroing megabytes for every part costs more than moving them. Never from Node's shared slab
// (allocUnsafeSlow), so that one small slice cannot keep 8 KiB alive: https://nodejs.org/api/buffer.html#static-method-bufferallocunsafeslowsize
// Bound: buffers that are out are bounded by who takes them (memory-budget.ts); idle ones by `maxIdleBytes`, the sizes unused for longest
// dropped first. A buffer comes with whatever was in it before.

import { BridgeError } from '../../shared/bridge-error.ts';
import { KIBIBYTE } from '../../shared/limits.ts';

export interface BufferPool {
  /** At least this long: the next power of two, 4 KiB or more. */
  take(minBytes: number): Buffer;
  /** Exactly this long; for parts, all of one size, whose rounding up would cost megabytes. */
  takeExactly(bytes: number): Buffer;
  /**
   * To be called once, when nobody reads or writes it any more.
   * @throws BridgeError permanent `foreign-buffer` for one that is not out (given twice, or a slice): used again, it would mix two objects
   */
  give(buffer: Buffer): void;
  readonly idleBytes: number;
}

const MIN_CLASS_BYTES = 4 * KIBIBYTE;

/** How long a buffer `take` gives for this; what to lease for it. */
export function sizeClassBytes(minBytes: number): number {
  let size = MIN_CLASS_BYTES;
  while (size < minBytes) size *= 2;
  return size;
}

export function createBufferPool({ maxIdleBytes }: { readonly maxIdleBytes: number }): BufferPool {
  /** By length; the order of the map is that of last use, oldest first. */
  const idle = new Map<number, Buffer[]>();
  const out = new WeakSet<Buffer>();
  let idleBytes = 0;

  return {
    take: minBytes => lend(sizeClassBytes(minBytes)),
    takeExactly: bytes => lend(bytes),
    give(buffer) {
      if (!out.delete(buffer)) throw foreignBuffer(buffer.length);
      keep(buffer);
    },
    get idleBytes() {
      return idleBytes;
    },
  };

  function lend(bytes: number): Buffer {
    const reused = touch(bytes)?.pop();
    if (reused !== undefined) idleBytes -= bytes;
    const buffer = reused ?? Buffer.allocUnsafeSlow(bytes);
    out.add(buffer);
    return buffer;
  }

  function keep(buffer: Buffer): void {
    if (buffer.length > maxIdleBytes) return;
    const sameSize = touch(buffer.length) ?? [];
    idle.set(buffer.length, sameSize);
    sameSize.push(buffer);
    idleBytes += buffer.length;
    while (idleBytes > maxIdleBytes) dropOldest();
  }

  /** The buffers of this length, which are the newest in use now. */
  function touch(bytes: number): Buffer[] | undefined {
    const buffers = idle.get(bytes);
    if (buffers === undefined) return undefined;
    idle.delete(bytes);
    idle.set(bytes, buffers);
    return buffers;
  }

  function dropOldest(): void {
    for (const [bytes, buffers] of idle) {
      if (buffers.pop() !== undefined) {
        idleBytes -= bytes;
        return;
      }
      idle.delete(bytes);
    }
  }
}

function foreignBuffer(bytes: number): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'foreign-buffer',
    message: `A buffer of ${bytes} bytes was given to the pool, which did not lend it or has it back already.`,
  });
}
