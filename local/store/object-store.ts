// Where a local bucket keeps its objects: the one thing that the OSS and the S3 stand-in share. A store knows keys, bytes and
// details; the rules of each cloud (conditions, events, checksums) live in its server. Keys are any Unicode string without lone
// surrogates; their order is that of their UTF-8 bytes, as both clouds list them.

/** What a server says of an object when it stores it; the store keeps it unread. */
export interface ObjectDetails {
  /** Without quotes. */
  readonly etag: string;
  /** System headers that the cloud keeps and returns, lower-case names: content-type, cache-control, … */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata without its vendor prefix, lower-case names. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** What else a server must remember: object type, CRC-64, storage class, S3 checksums, a symlink's target, … */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface StoredObject extends ObjectDetails {
  readonly key: string;
  readonly sizeBytes: number;
  readonly lastModified: Date;
}

/** What is known of bytes without reading them. */
export interface ContentChecksums {
  readonly crc32: number;
  /** CRC-64/XZ, OSS's. Undefined where it isn't computed. */
  readonly crc64: bigint | undefined;
}

/** Bytes that were received but belong to no object yet: a body in flight, or a part of a multipart upload. */
export interface StagedBytes {
  readonly sizeBytes: number;
  /** Of what was written so far, where the store computes them by itself: nobody has to hash the same bytes again. */
  readonly checksums?: ContentChecksums;
  write(chunk: Uint8Array): Promise<void>;
  read(): AsyncIterable<Uint8Array>;
  /** Frees them; harmless after a commit and when repeated. */
  discard(): Promise<void>;
}

/** Called with what is stored under the key now, in the same step as the change; throws to refuse the change. */
export type Accept = (current: StoredObject | undefined) => void;

export interface ObjectStore {
  /** False where only lengths, details and checksums are kept: `read` then throws `bytes-not-kept`. Left out: true. */
  readonly keepsBytes?: boolean;
  /** What a server makes the ETag of a multipart upload's part of. Left out: the MD5, the dearest of all hashes on the way. */
  readonly partEtags?: 'md5' | 'crc32';
  /** The object as it is now, or undefined. */
  find(key: string): Promise<StoredObject | undefined>;
  /** Objects with key > startAfter (strictly) and the prefix, ascending by UTF-8 bytes, at most `limit`. */
  list(options: { prefix: string; startAfter: string; limit: number }): Promise<StoredObject[]>;
  /** Bytes [start, end) of that very version. May throw midway when a file behind it changed or vanished. */
  read(object: StoredObject, range: { start: number; end: number }): AsyncIterable<Uint8Array>;
  stage(): Promise<StagedBytes>;
  /** Of that very version, like `read`. Undefined when the store would have to read its bytes for it. */
  checksumsOf?(object: StoredObject): Promise<ContentChecksums | undefined>;
  /** That very version's bytes as a piece for a commit to this store, without moving them. Throws `object-changed` when it is gone. */
  stageCopy?(object: StoredObject): Promise<StagedBytes>;
  /** Makes the concatenation of `pieces` the object's content. `accept` and the change are one step for the key. */
  commit(key: string, pieces: readonly StagedBytes[], details: ObjectDetails, accept?: Accept): Promise<StoredObject>;
  /** Changes the details alone (a fresh lastModified unless `keepLastModified`). Undefined when the object is missing. */
  describe(
    key: string,
    details: ObjectDetails,
    options?: { accept?: Accept; keepLastModified?: boolean },
  ): Promise<StoredObject | undefined>;
  /** What was removed, or undefined. */
  remove(key: string, accept?: Accept): Promise<StoredObject | undefined>;
  close(): Promise<void>;
}
