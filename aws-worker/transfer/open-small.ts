// An object of at most one part, opened once the memory for its body is leased: a connection whose body nobody reads, because memory is waited
// for, is cut by the other side. Where nothing is known of the size, or it was said too small, the lease is taken after the answer.

import { MEBIBYTE } from '../../shared/limits.ts';
import { sizeClassBytes } from './buffer-pool.ts';
import type { Lease } from './memory-budget.ts';
import type { OpenedObject, SourceObject } from './object-source.ts';
import type { TransferContext } from './transfer-context.ts';

const SMALL_LEASE_MAX_BYTES = 1 * MEBIBYTE;

/** To be copied (copy-small.ts) or given up. */
export interface OpenedSmall {
  readonly opened: OpenedObject;
  /** Covers the buffer for its body. */
  readonly lease: Lease;
}

export interface SourceLook {
  readonly object: SourceObject;
  /** Undefined for an object of several parts, or one that was only looked at. */
  readonly small: OpenedSmall | undefined;
}

/** Which share of the memory budget an object of this size may use. */
export function leaseKind(sizeBytes: number): 'small' | 'bulk' {
  return sizeBytes <= SMALL_LEASE_MAX_BYTES ? 'small' : 'bulk';
}

/** Undefined when there is no such object. */
export async function openSmall(
  context: TransferContext,
  key: string,
  { expectedBytes, signal }: { readonly expectedBytes: number | undefined; readonly signal: AbortSignal },
): Promise<SourceLook | undefined> {
  const leaseFor = (sizeBytes: number) =>
    context.memory.acquire(sizeClassBytes(sizeBytes), { kind: leaseKind(sizeBytes), signal });
  let lease = expectedBytes === undefined ? undefined : await leaseFor(expectedBytes);
  let opened: OpenedObject | undefined;
  try {
    opened = await context.source.open(key, { signal });
    if (opened === undefined) return undefined;
    const { object } = opened;
    if (object.sizeBytes > context.settings.partSizeBytes) return { object, small: undefined };
    if (lease === undefined || lease.bytes < object.sizeBytes) {
      // Nobody waits for more while they hold some.
      lease?.release();
      lease = await leaseFor(object.sizeBytes);
    }
    const small = { opened, lease };
    opened = undefined;
    lease = undefined;
    return { object, small };
  } finally {
    // What was not handed over.
    opened?.discard();
    lease?.release();
  }
}

export function giveUp({ opened, lease }: OpenedSmall): void {
  opened.discard();
  lease.release();
}
