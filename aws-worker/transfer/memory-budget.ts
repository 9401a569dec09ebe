// Object bytes in memory, all over the process: each transfer leases its buffers' bytes before it takes them. First come, first served
// among the small and among the bulk; a share is kept free of bulk, so that a new small object never waits for parts of a large one.
// Bound: `totalBytes`, but for one request that is larger than that by itself, which is granted when nothing else is held.
// No starvation: a request that came later is granted only if it leaves enough for the one that waits longest in the other kind.

import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';

export type MemoryKind = 'small' | 'bulk';

export interface Lease {
  readonly bytes: number;
  /** May be called again, without effect. */
  release(): void;
}

export interface MemoryBudget {
  /**
   * Waits until this much may be held.
   * @throws BridgeError cancelled when the signal aborts first (nothing is held then); permanent `invalid-lease` for a size that is no size
   */
  acquire(bytes: number, options: { readonly kind: MemoryKind; readonly signal: AbortSignal }): Promise<Lease>;
  readonly heldBytes: number;
  readonly waiting: number;
}

interface Request {
  readonly bytes: number;
  readonly kind: MemoryKind;
  /** Rises with every request: lower came first. */
  readonly ticket: number;
  readonly grant: () => void;
}

export function createMemoryBudget(limits: {
  readonly totalBytes: number;
  readonly reservedForSmallBytes: number;
}): MemoryBudget {
  const { totalBytes, reservedForSmallBytes } = limits;
  const mostBytes = { small: totalBytes, bulk: totalBytes - reservedForSmallBytes };
  const held = { small: 0, bulk: 0 };
  const queues: Record<MemoryKind, Request[]> = { small: [], bulk: [] };
  let leases = 0;
  let lastTicket = 0;

  return {
    get heldBytes() {
      return held.small + held.bulk;
    },
    get waiting() {
      return queues.small.length + queues.bulk.length;
    },
    async acquire(bytes, { kind, signal }) {
      if (!Number.isSafeInteger(bytes) || bytes < 0) throw invalidLease(bytes);
      if (signal.aborted) throw cancelledBy(signal);
      await turn(bytes, kind, signal);
      return lease(bytes, kind);
    },
  };

  /** Resolves with the bytes counted already, so that nobody can take them in between. */
  function turn(bytes: number, kind: MemoryKind, signal: AbortSignal): Promise<void> {
    lastTicket += 1;
    const ticket = lastTicket;
    return new Promise((resolve, reject) => {
      const cancel = () => {
        queues[kind] = queues[kind].filter(other => other !== request);
        reject(cancelledBy(signal));
        grantWhatFits();
      };
      const request: Request = {
        bytes,
        kind,
        ticket,
        grant() {
          signal.removeEventListener('abort', cancel);
          resolve();
        },
      };
      signal.addEventListener('abort', cancel, { once: true });
      queues[kind].push(request);
      grantWhatFits();
    });
  }

  function lease(bytes: number, kind: MemoryKind): Lease {
    let isReleased = false;
    return {
      bytes,
      release() {
        if (isReleased) return;
        isReleased = true;
        held[kind] -= bytes;
        leases -= 1;
        grantWhatFits();
      },
    };
  }

  function grantWhatFits(): void {
    for (let next = nextToGrant(); next !== undefined; next = nextToGrant()) {
      queues[next.kind].shift();
      held[next.kind] += next.bytes;
      leases += 1;
      next.grant();
    }
  }

  function nextToGrant(): Request | undefined {
    const heads = [queues.small[0], queues.bulk[0]].filter(request => request !== undefined);
    const [older, newer] = heads.sort((one, other) => one.ticket - other.ticket);
    if (older === undefined || fits(older)) return older;
    return newer !== undefined && fits(newer) && leavesRoomFor(older, newer) ? newer : undefined;
  }

  function fits({ bytes, kind }: Request): boolean {
    if (leases === 0) return true;
    return held.small + held.bulk + bytes <= totalBytes && held[kind] + bytes <= mostBytes[kind];
  }

  function leavesRoomFor(older: Request, newer: Request): boolean {
    // It waits until nothing is held: then nobody may be let in before it.
    if (older.bytes > mostBytes[older.kind]) return false;
    if (newer.kind === 'small' && held.small + newer.bytes <= reservedForSmallBytes) return true;
    return held.small + held.bulk + newer.bytes + older.bytes <= totalBytes;
  }
}

function invalidLease(bytes: number): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'invalid-lease',
    message: `${bytes} is not a number of bytes that memory can be leased for.`,
  });
}
