// A source in memory, as strict as OSS where the transfer depends on it: pinned reads, ranges, versions, archived objects.

import { createHash } from 'node:crypto';
import type {
  CarriedHeaders,
  ObjectSource,
  OpenedObject,
  SourceObject,
  SourceObjectType,
} from '../../aws-worker/transfer/object-source.ts';
import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import { crc64 } from '../../shared/checksums/crc64.ts';
import { createSteps, type Steps } from './steps.ts';

/** `read` is the reading of a body that was opened. */
export type SourceOperation = 'head' | 'open' | 'read' | 'tags';

export interface SourceContent {
  readonly bytes: Buffer;
  readonly type?: SourceObjectType;
  /** False: as OSS answers for very old objects. */
  readonly hasCrc64?: boolean;
  readonly headers?: CarriedHeaders;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly storageClass?: string;
}

export interface FakeObjectSource extends ObjectSource, Omit<Steps<SourceOperation>, 'around'> {
  /** Replaces the object; its modification is a second after that of the write before. */
  write(key: string, content: SourceContent): void;
  /** As AppendObject does. */
  append(key: string, bytes: Buffer): void;
  /** Changes headers and metadata alone. */
  updateMetadata(key: string, metadata: Readonly<Record<string, string>>): void;
  /** Writes again what the object was before its last write (A-B-A); later in time. */
  revert(key: string): void;
  remove(key: string): void;
  current(key: string): { readonly object: SourceObject; readonly bytes: Buffer } | undefined;
  readonly keys: readonly string[];
  /** So many of the next bodies have one byte flipped on their way. */
  damageReads(count: number): void;
  /** Bodies that were neither read nor discarded. */
  readonly openBodies: number;
}

interface Version {
  readonly content: SourceContent;
  readonly object: SourceObject;
}

const PIECE_BYTES = 1024 * 1024;

export function createFakeObjectSource(): FakeObjectSource {
  const { around, ...steps } = createSteps<SourceOperation>();
  const versions = new Map<string, Version>();
  const contentsBefore = new Map<string, SourceContent>();
  let seconds = 0;
  let damaged = 0;
  let openBodies = 0;

  const write = (key: string, content: SourceContent) => {
    seconds += 1;
    const before = versions.get(key);
    if (before !== undefined) contentsBefore.set(key, before.content);
    versions.set(key, { content, object: describe(key, content, seconds) });
  };
  const existing = (key: string): SourceContent => {
    const version = versions.get(key);
    if (version === undefined) throw new Error(`The fake source has no ${key}.`);
    return version.content;
  };

  return {
    ...steps,
    head: (key, { signal }) =>
      around('head', () => {
        if (signal.aborted) throw cancelledBy(signal);
        return versions.get(key)?.object;
      }),
    open: (key, { signal, range, ifMatch }) =>
      around('open', () => {
        if (signal.aborted) throw cancelledBy(signal);
        const version = versions.get(key);
        if (version === undefined) return undefined;
        const { object, content } = version;
        if (ifMatch !== undefined && ifMatch !== object.etag) throw changed(key);
        if (/archive/i.test(object.storageClass)) throw archived(key);
        const { start, end } = range ?? { start: 0, end: object.sizeBytes };
        if (range !== undefined && (start >= end || end > object.sizeBytes)) throw changed(key);
        return openBody(object, content.bytes.subarray(start, end), signal);
      }),
    tags: (key, { signal }) =>
      around('tags', () => {
        if (signal.aborted) throw cancelledBy(signal);
        const version = versions.get(key);
        return version === undefined ? undefined : (version.content.tags ?? {});
      }),
    write,
    append(key, bytes) {
      const content = existing(key);
      write(key, { ...content, type: 'Appendable', bytes: Buffer.concat([content.bytes, bytes]) });
    },
    updateMetadata: (key, metadata) => write(key, { ...existing(key), metadata }),
    revert: key => write(key, contentsBefore.get(key) ?? existing(key)),
    remove: key => void versions.delete(key),
    current(key) {
      const version = versions.get(key);
      return version === undefined ? undefined : { object: version.object, bytes: version.content.bytes };
    },
    get keys() {
      return [...versions.keys()];
    },
    damageReads(count) {
      damaged = count;
    },
    get openBodies() {
      return openBodies;
    },
  };

  function openBody(object: SourceObject, bytes: Buffer, signal: AbortSignal): OpenedObject {
    let isConsumed = false;
    const consume = () => {
      if (isConsumed) throw new Error('A body was read or discarded twice.');
      isConsumed = true;
      openBodies -= 1;
    };
    openBodies += 1;
    return {
      object,
      lengthBytes: bytes.length,
      readInto(target, onBytes) {
        consume();
        return around('read', () => {
          if (signal.aborted) throw cancelledBy(signal);
          if (target.length < bytes.length) throw new RangeError('The buffer is too small for the body.');
          bytes.copy(target);
          if (damaged > 0) {
            damaged -= 1;
            target.writeUInt8(target.readUInt8(0) ^ 1, 0);
          }
          for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
            onBytes(target.subarray(at, Math.min(bytes.length, at + PIECE_BYTES)));
          }
        });
      },
      discard: consume,
    };
  }
}

const checksums = new WeakMap<Buffer, { readonly crc64: bigint; readonly md5: string }>();

function checksumsOf(bytes: Buffer): { readonly crc64: bigint; readonly md5: string } {
  const known = checksums.get(bytes);
  if (known !== undefined) return known;
  const computed = { crc64: crc64(bytes), md5: createHash('md5').update(bytes).digest('hex').toUpperCase() };
  checksums.set(bytes, computed);
  return computed;
}

function describe(key: string, content: SourceContent, seconds: number): SourceObject {
  const { bytes, type = 'Normal', hasCrc64 = true } = content;
  const { crc64, md5 } = checksumsOf(bytes);
  const etags = { Normal: md5, Symlink: md5, Multipart: `${md5}-2`, Appendable: md5.split('').reverse().join('') };
  return {
    key,
    sizeBytes: bytes.length,
    etag: etags[type],
    lastModified: new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toUTCString(),
    crc64: hasCrc64 ? crc64 : undefined,
    type,
    headers: content.headers ?? {},
    metadata: content.metadata ?? {},
    tagCount: Object.keys(content.tags ?? {}).length,
    storageClass: content.storageClass ?? 'Standard',
  };
}

function changed(key: string): BridgeError {
  return new BridgeError({ kind: 'retryable', code: 'source-changed', message: 'Overwritten.', key });
}

function archived(key: string): BridgeError {
  return new BridgeError({ kind: 'permanent', code: 'source-archived', message: 'Archived.', key });
}
