// The source, as the domain sees it. The adapter signs, retries what is safe to repeat, caps the rate, and translates every failure into
// a BridgeError with one of the codes named here (any other retryable or permanent code is passed on as it is).

/** Headers that travel with the bytes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#SysMetadata */
export interface CarriedHeaders {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentDisposition?: string;
  readonly expires?: string;
}

export type SourceObjectType = 'Normal' | 'Multipart' | 'Appendable' | 'Symlink';

/** One version of a source object, from one response. */
export interface SourceObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes, as OSS spells it. With `lastModified` and `crc64` it names the version; alone it is opaque. */
  readonly etag: string;
  /** As the header says (RFC 9110 date). */
  readonly lastModified: string;
  /** CRC-64/XZ of the whole object; undefined where OSS has none (very old or copied objects). */
  readonly crc64: bigint | undefined;
  readonly type: SourceObjectType;
  readonly headers: CarriedHeaders;
  /** User metadata without `x-oss-meta-`, lower-case names, values as Unicode. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tagCount: number;
  /** Standard, IA, Archive, ColdArchive, DeepColdArchive, … */
  readonly storageClass: string;
}

/** An answered GET whose body has not been read. Exactly one of `readInto` and `discard` is called. */
export interface OpenedObject {
  readonly object: SourceObject;
  /** Of this body: the whole object's size, or the range's. */
  readonly lengthBytes: number;
  /**
   * Fills `target` (at least lengthBytes long) from its start and calls `onBytes` with each piece as it arrives, in order.
   * A broken body is continued at its offset, pinned to the same ETag, as long as each continuation brings something, then a few times more; what it throws is the last failure.
   * @throws BridgeError `source-changed` when the ETag is gone meanwhile
   */
  readInto(target: Buffer, onBytes: (bytes: Buffer) => void): Promise<void>;
  /** Gives the connection up. */
  discard(): void;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Bytes [start, end). */
  readonly range?: { readonly start: number; readonly end: number };
  /** Pins the read: another version throws `source-changed`. */
  readonly ifMatch?: string;
}

/**
 * Codes: `source-changed` (retryable: If-Match failed or a range no longer exists), `source-archived` (permanent: 403 InvalidObjectState),
 * `source-access-denied` (permanent; a policy may deny one key alone), `source-public-endpoint-forbidden`, `source-bucket-missing`, `source-credentials` (permanent: the same for every key),
 * `source-throttled` (retryable, with retryAfterMilliseconds where the server said so).
 */
export interface ObjectSource {
  /** Undefined when there is no such object (or a symlink's target is missing). */
  head(key: string, options: { readonly signal: AbortSignal }): Promise<SourceObject | undefined>;
  /** Undefined when there is no such object. May be repeated. */
  open(key: string, options: ReadOptions): Promise<OpenedObject | undefined>;
  /** Undefined when there is no such object. */
  tags(key: string, options: { readonly signal: AbortSignal }): Promise<Readonly<Record<string, string>> | undefined>;
}
