// The multipart uploads that have begun: in this server's memory, their bytes in the store's staging area. One that is being completed
// is not found by anybody else; whoever takes it puts it back when it fails.

import { randomBytes } from 'node:crypto';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import type { WrittenDetails } from './object-headers.ts';
import type { ReceivedBytes } from './stage-bytes.ts';

export interface UploadedPart extends ReceivedBytes {
  readonly partNumber: number;
  /** MD5, upper-case hex. */
  readonly etag: string;
  readonly lastModified: Date;
}

export interface MultipartUpload {
  readonly uploadId: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiated: Date;
  readonly details: WrittenDetails;
  readonly parts: Map<number, UploadedPart>;
}

export class MultipartUploads {
  readonly #uploads = new Map<string, MultipartUpload>();

  begin(options: { bucket: string; key: string; initiated: Date; details: WrittenDetails }): MultipartUpload {
    const uploadId = randomBytes(16).toString('hex').toUpperCase();
    const upload: MultipartUpload = { ...options, uploadId, parts: new Map() };
    this.#uploads.set(uploadId, upload);
    return upload;
  }

  /** Undefined also when the upload is of another object. */
  find(name: { bucket: string; key: string; uploadId: string }): MultipartUpload | undefined {
    const upload = this.#uploads.get(name.uploadId);
    return upload?.bucket === name.bucket && upload.key === name.key ? upload : undefined;
  }

  has(upload: MultipartUpload): boolean {
    return this.#uploads.get(upload.uploadId) === upload;
  }

  take(upload: MultipartUpload): void {
    this.#uploads.delete(upload.uploadId);
  }

  putBack(upload: MultipartUpload): void {
    this.#uploads.set(upload.uploadId, upload);
  }

  /** By key (UTF-8 bytes), then upload id. */
  list(bucket: string, prefix: string): MultipartUpload[] {
    return [...this.#uploads.values()]
      .filter(upload => upload.bucket === bucket && upload.key.startsWith(prefix))
      .sort((a, b) => compareUtf8(a.key, b.key) || (a.uploadId < b.uploadId ? -1 : 1));
  }

  async discardAll(): Promise<void> {
    const uploads = [...this.#uploads.values()];
    this.#uploads.clear();
    await Promise.all(uploads.map(discardParts));
  }
}

export async function discardParts(upload: MultipartUpload): Promise<void> {
  await Promise.all([...upload.parts.values()].map(part => part.staged.discard()));
}
