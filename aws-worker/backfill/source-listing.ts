// The source's keys in order, as the backfill sees them. A listing is not a snapshot: what is written or deleted meanwhile may or may
// not be in it.

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  /** Standard, IA, Archive, ColdArchive, DeepColdArchive, … */
  readonly storageClass: string;
  /** Normal, Multipart, Appendable, Symlink. */
  readonly type: string;
}

export interface ListOptions {
  readonly prefix: string;
  /** Exclusive; '' for the beginning. */
  readonly startAfter: string;
  /** 1 to 1,000. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface ListedPage {
  readonly objects: readonly ListedObject[];
  /** True: there are more. A truncated page has at least one object, so the next one can start after its last. */
  readonly isTruncated: boolean;
}

export interface SourceListing {
  /**
   * Keys with the prefix and > startAfter, ascending by their UTF-8 bytes, at most `limit`. May be repeated.
   * @throws BridgeError permanent `listing-unordered` when the source's answer does not ascend, or leaves prefix or start; else what
   * ObjectSource throws
   */
  list(options: ListOptions): Promise<ListedPage>;
}
