// Multipart uploads that are under way, kept in memory, their parts' bytes staged in the bucket's store. Whatever changes one upload
// (a part, complete, abort) happens one after the other, so an abort that was answered means that no complete can follow it,
// and a part is never freed while it is being put together.

import { randomBytes } from 'node:crypto';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import type { ObjectDetails, StagedBytes } from '../store/object-store.ts';
import type { ChecksumAlgorithm, ChecksumType } from './checksums/checksum-algorithms.ts';
import { S3Error } from './s3-error.ts';

export interface UploadedPart {
  readonly partNumber: number;
  readonly sizeBytes: number;
  /** What the ETag is of: the MD5, or what stands for it. */
  readonly digest: Buffer;
  readonly etag: string;
  readonly lastModified: Date;
  /** The upload's algorithm, and any other that the client sent. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
  readonly staged: StagedBytes;
}

export interface UploadChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** False when the client named none and S3 chose CRC64NVME by itself; then parts and listings show none. */
  readonly isDeclared: boolean;
}

export interface UploadIdentity {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

export interface MultipartUpload extends UploadIdentity {
  readonly initiated: Date;
  readonly description: Omit<ObjectDetails, 'etag'>;
  readonly checksum: UploadChecksum;
  readonly parts: ReadonlyMap<number, UploadedPart>;
}

interface OpenUpload extends MultipartUpload {
  readonly parts: Map<number, UploadedPart>;
  /** Settles when the last change that was asked for has ended. */
  lastChange: Promise<unknown>;
}

export class MultipartUploads {
  readonly #uploads = new Map<string, OpenUpload>();
  #count = 0;

  create(upload: Omit<MultipartUpload, 'uploadId' | 'parts'>): MultipartUpload {
    // Ids ascend in time, so that a listing by id is one by age.
    const order = (this.#count++).toString(16).padStart(12, '0');
    const uploadId = `${order}${randomBytes(24).toString('base64url')}`;
    const open: OpenUpload = { ...upload, uploadId, parts: new Map(), lastChange: Promise.resolve() };
    this.#uploads.set(uploadId, open);
    return open;
  }

  /** Throws NoSuchUpload, also for another key's upload. */
  get(identity: UploadIdentity): MultipartUpload {
    return this.#open(identity);
  }

  /** By key, then by age. */
  list(bucket: string, prefix: string): MultipartUpload[] {
    return [...this.#uploads.values()]
      .filter(upload => upload.bucket === bucket && upload.key.startsWith(prefix))
      .sort((a, b) => compareUtf8(a.key, b.key) || compareUtf8(a.uploadId, b.uploadId));
  }

  /** Takes the place of an earlier part of the same number. Throws NoSuchUpload when the upload ended meanwhile. */
  async addPart(identity: UploadIdentity, part: UploadedPart): Promise<void> {
    await this.#change(identity, async upload => {
      const earlier = upload.parts.get(part.partNumber);
      upload.parts.set(part.partNumber, part);
      await earlier?.staged.discard();
    });
  }

  /** `commit` makes the object; when it throws, the upload stays as it was. */
  async complete<Result>(
    identity: UploadIdentity,
    commit: (upload: MultipartUpload) => Promise<Result>,
  ): Promise<Result> {
    return this.#change(identity, async upload => {
      const result = await commit(upload);
      await this.#end(upload);
      return result;
    });
  }

  async abort(identity: UploadIdentity): Promise<void> {
    await this.#change(identity, upload => this.#end(upload));
  }

  /** Frees all parts. */
  async close(): Promise<void> {
    await Promise.all([...this.#uploads.values()].map(upload => this.#end(upload)));
  }

  #open({ bucket, key, uploadId }: UploadIdentity): OpenUpload {
    const upload = this.#uploads.get(uploadId);
    if (upload === undefined || upload.bucket !== bucket || upload.key !== key) {
      throw new S3Error('NoSuchUpload', { details: { UploadId: uploadId } });
    }
    return upload;
  }

  async #change<Result>(identity: UploadIdentity, action: (upload: OpenUpload) => Promise<Result>): Promise<Result> {
    const upload = this.#open(identity);
    const run = (): Promise<Result> => action(this.#open(identity));
    // How the change before this one ended is its own caller's matter.
    const change = upload.lastChange.then(run, run);
    upload.lastChange = change;
    return change;
  }

  async #end(upload: OpenUpload): Promise<void> {
    this.#uploads.delete(upload.uploadId);
    await Promise.all([...upload.parts.values()].map(part => part.staged.discard()));
  }
}
