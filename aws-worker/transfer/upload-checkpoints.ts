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
  /** Undefined between the row and the answer of CreateMultipartUpload. */
  readonly uploadId: string | undefined;
  /** Names this row; changes when it is made anew. */
  readonly rowId: string;
  readonly parts: readonly PartCheckpoint[];
}

/** Every change names the row it means and does nothing to another one; true says that it took place. */
export interface UploadCheckpoints {
  find(key: string): Promise<UploadCheckpoint | undefined>;
  /** Undefined when the key has a row already. */
  begin(key: string, version: UploadVersion): Promise<UploadCheckpoint | undefined>;
  setUploadId(row: { readonly key: string; readonly rowId: string }, uploadId: string): Promise<boolean>;
  addPart(row: { readonly key: string; readonly rowId: string }, part: PartCheckpoint): Promise<boolean>;
  remove(row: { readonly key: string; readonly rowId: string }): Promise<boolean>;
}
