// What makes a large transfer resumable by another worker: rows that outlive the process. Kept by the ledger.

/** Which version is being uploaded, in parts of which size. A row of another version is not ours to continue. */
export interface UploadVersion {
  readonly sourceEtag: string;
  readonly sourceLastModified: string;
  readonly sizeBytes: number;
  /** The upload goes on in the part size that it was begun with. */
  readonly partSizeBytes: number;
  /**
   * Headers and metadata are fixed at Create: of others it is another upload. The backfill is not part of it, or a live event and a
   * backfill that meet at one key would end each other's uploads in turn.
   */
  readonly descriptionHash: string;
}

export interface PartCheckpoint {
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly crc64: bigint;
  readonly crc32: number;
}

export interface UploadCheckpoint {
  /** Destination key. */
  readonly key: string;
  readonly version: UploadVersion;
  /** When the row was written; its upload was created later. */
  readonly begunAt: Date;
  /** The backfill that began it, if one did; others may go on with it. */
  readonly backfill: string | undefined;
  /** Undefined between the row and the answer of CreateMultipartUpload. */
  readonly uploadId: string | undefined;
  /** Names this row; changes when it is made anew. */
  readonly rowId: string;
  readonly parts: readonly PartCheckpoint[];
}

/** An upload that no row named, and that may exist or yet come to: the answer of its Create was lost, or whoever sent it died. */
export interface UnnamedUpload {
  /** Of the row that was written before its Create. */
  readonly rowId: string;
  readonly key: string;
  readonly begunAt: Date;
  /** When the row was retired: a Create that was sent before has come through soon after, or never will. */
  readonly retiredAt: Date;
}

/** Without its parts, of which there may be thousands. */
export type UploadRow = Omit<UploadCheckpoint, 'parts'>;

export interface IdleUpload {
  readonly row: UploadRow;
  /** When the row was last added to. */
  readonly idleSince: Date;
}

interface Claim {
  readonly before: Date;
  readonly limit: number;
}

/** Every change names the row it means and does nothing to another one; true says that it took place. */
export interface UploadCheckpoints {
  find(key: string): Promise<UploadCheckpoint | undefined>;
  /** Undefined when the key has a row already. */
  begin(
    key: string,
    version: UploadVersion,
    options?: { readonly backfill: string | undefined },
  ): Promise<UploadCheckpoint | undefined>;
  setUploadId(row: { readonly key: string; readonly rowId: string }, uploadId: string): Promise<boolean>;
  addPart(row: { readonly key: string; readonly rowId: string }, part: PartCheckpoint): Promise<boolean>;
  remove(row: { readonly key: string; readonly rowId: string }): Promise<boolean>;
  /** Takes away a row that named no upload, and remembers that it may have had one. */
  retire(row: { readonly key: string; readonly rowId: string }): Promise<boolean>;
  /** Rows to which nothing was added since `before`, those first that were looked at longest ago. Each is claimed: until as long again has passed, nobody else is told of it. */
  claimIdle(claim: Claim): Promise<readonly IdleUpload[]>;
  /** Of rows that were retired before; claimed likewise, until they are forgotten. */
  claimUnnamed(claim: Claim): Promise<readonly UnnamedUpload[]>;
  forgetUnnamed(upload: { readonly rowId: string }): Promise<void>;
}
