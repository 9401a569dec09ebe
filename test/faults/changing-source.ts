// What an application does to its bucket while it is moved: objects that are new, overwritten by other bytes or other sizes, described anew, deleted and
// made again; whatever state their keys are in with the bridge. By ali-oss, and so each change fires its event; some events are told twice.

import { pseudoRandomBytes } from '../../local/demo/pseudo-random-bytes.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import type { Bridge } from '../acceptance/bridge.ts';
import type { Random } from '../simulation/random.ts';
import { LARGE_ROOT, largeSize, ROOT, smallSize } from './planned-waves.ts';

export interface ChangeableKeys {
  /** Of which one is changed next. */
  pick(): string;
  /** One that may be gone for a while without being missed in a count; undefined: none now. */
  pickDeletable(): string | undefined;
}

export interface ChangingSource {
  readonly created: number;
  /** By kind of change. */
  readonly changes: Readonly<Record<string, number>>;
  /** Of all that was written. */
  readonly writtenBytes: number;
  /** Keys that were touched after they were first there. */
  readonly touched: ReadonlySet<string>;
  create(): Promise<void>;
  change(): Promise<void>;
  /** Makes again what was deleted, but for so many keys, which stay gone. */
  makeGoneAgain(staying: number): Promise<ReadonlySet<string>>;
}

/** In percent of all changes; what is left over replaces some bytes by as many others. */
const SHARES = { otherSize: 40, metadata: 15, deleted: 10, toldTwice: 10 };
const LARGE_CREATED_EVERY = 200;
/** Of the changes to keys that may be large. */
const LARGE_AGAIN = 0.3;

export function changeSource(bridge: Bridge, keys: ChangeableKeys, random: Random): ChangingSource {
  const changes: Record<string, number> = {};
  const touched = new Set<string>();
  const gone = new Set<string>();
  const busy = new Set<string>();
  let created = 0;
  let writtenBytes = 0;
  let versions = 0;

  const put = async (key: string, sizeBytes: number) => {
    const body = Buffer.concat([...pseudoRandomBytes(`version ${versions++}`, sizeBytes)]);
    const meta = random.chance(0.2) ? { version: String(versions) } : undefined;
    await bridge.oss.put(key, body, meta === undefined ? {} : { meta: { ...meta, pid: 0, uid: 0 } });
    writtenBytes += sizeBytes;
  };
  const sizeOf = (key: string) =>
    key.startsWith(LARGE_ROOT) && random.chance(LARGE_AGAIN) ? largeSize(random) : smallSize(random);
  const note = (kind: string) => {
    changes[kind] = (changes[kind] ?? 0) + 1;
  };
  const remove = async () => {
    const key = keys.pickDeletable();
    if (key === undefined || gone.has(key) || busy.has(key)) return await makeOneAgain();
    busy.add(key);
    gone.add(key);
    touched.add(key);
    await bridge.oss.delete(key);
    busy.delete(key);
    note('deleted');
  };
  const makeOneAgain = async () => {
    const [key] = [...gone].filter(each => !busy.has(each));
    if (key === undefined) return;
    busy.add(key);
    await put(key, sizeOf(key));
    gone.delete(key);
    busy.delete(key);
    note('made again');
  };
  const changeOne = async (key: string) => {
    const kind = kindOf(random.below(100));
    const now = await bridge.source.find(key);
    if (now === undefined) return;
    note(kind);
    switch (kind) {
      case 'told twice':
        return bridge.cloud.oss.fireCreated(LOCAL.ossBucket, now);
      case 'metadata only':
        await bridge.oss.putMeta(key, { pid: versions++, uid: 0 }, {});
        return;
      case 'other size':
        return await put(key, sizeOf(key));
      default:
        // A large one may be in the midst of its parts.
        return await put(key, now.sizeBytes);
    }
  };

  return {
    get created() {
      return created;
    },
    changes,
    get writtenBytes() {
      return writtenBytes;
    },
    touched,
    async create() {
      const number = created++;
      await put(liveKey(number), number % LARGE_CREATED_EVERY === 7 ? largeSize(random) : smallSize(random));
    },
    async change() {
      if (random.below(100) < SHARES.deleted) return await (random.chance(0.5) ? remove() : makeOneAgain());
      const key = keys.pick();
      if (gone.has(key) || busy.has(key)) return;
      busy.add(key);
      touched.add(key);
      await changeOne(key);
      busy.delete(key);
    },
    async makeGoneAgain(staying) {
      while (gone.size > staying) await makeOneAgain();
      return gone;
    },
  };
}

/** Of the objects that were created meanwhile, counted from 0. */
export function liveKey(number: number): string {
  return `${ROOT}live/${number}`;
}

type Kind = 'told twice' | 'metadata only' | 'other size' | 'other bytes';

function kindOf(percent: number): Kind {
  const steps: readonly (readonly [Kind, number])[] = [
    ['told twice', SHARES.toldTwice],
    ['metadata only', SHARES.metadata],
    ['other size', SHARES.otherSize],
  ];
  let below = 0;
  for (const [kind, share] of steps) {
    below += share;
    if (percent < below) return kind;
  }
  return 'other bytes';
}
