// A destination in memory, as strict as S3 where the transfer depends on it: conditions and effects are one, checksums are verified, a
// multipart upload is visible only when it is completed with the very parts that it has.

import { createHash } from 'node:crypto';
import type {
  ListedUpload,
  MultipartUpload,
  ObjectDescription,
  ObjectDestination,
  UploadedPart,
  WriteCondition,
} from '../../aws-worker/transfer/object-destination.ts';
import { S3_MIN_PART_BYTES } from '../../aws-worker/transfer/plan-parts.ts';
import { BridgeError, cancelledBy, type ErrorKind } from '../../shared/bridge-error.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { createSteps, type Steps } from './steps.ts';

export type DestinationOperation = keyof ObjectDestination;

export interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  /** Undefined for what another tool wrote. */
  readonly description: ObjectDescription | undefined;
}

export interface FakeObjectDestination extends ObjectDestination, Omit<Steps<DestinationOperation>, 'around'> {
  stored(key: string): StoredObject | undefined;
  /** As another tool does, unconditionally and without our record. */
  overwrite(key: string, bytes: Buffer): void;
  remove(key: string): void;
  readonly openUploads: readonly MultipartUpload[];
  /** The parts that an upload has, by number; the bytes are the upload's own. */
  partsOf(uploadId: string): ReadonlyMap<number, Buffer>;
  /** As another tool does, in its own manner: without a checksum of the whole. */
  createForeignUpload(key: string): MultipartUpload;
  /** As a lifecycle rule does. */
  dropUploads(): void;
}

export interface FakeDestinationOptions {
  /** False: ETags are unique, as with SSE-KMS. */
  readonly hasMd5Etags?: boolean;
  /** S3's 5 MiB unless told. */
  readonly minPartBytes?: number;
  readonly now?: () => Date;
  /** False: ListParts reports no checksums, as some servers do. */
  readonly listsChecksums?: boolean;
}

interface StoredPart {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly crc32: number;
}

interface Upload {
  readonly key: string;
  /** Undefined for another tool's. */
  readonly description: ObjectDescription | undefined;
  readonly initiatedAt: Date;
  readonly parts: Map<number, StoredPart>;
}

export function createFakeObjectDestination(options: FakeDestinationOptions = {}): FakeObjectDestination {
  const {
    hasMd5Etags = true,
    listsChecksums = true,
    minPartBytes = S3_MIN_PART_BYTES,
    now = () => new Date(),
  } = options;
  const { around, ...steps } = createSteps<DestinationOperation>();
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, Upload>();
  let lastId = 0;

  const unique = (name: string) => {
    lastId += 1;
    return `${name}-${lastId}`;
  };
  const etagOf = (contentEtag: string) => (hasMd5Etags ? contentEtag : unique('etag'));
  const call = <T>(operation: DestinationOperation, signal: AbortSignal, effect: () => T): Promise<T> =>
    around(operation, () => {
      if (signal.aborted) throw cancelledBy(signal);
      return effect();
    });
  const checkCondition = (key: string, condition: WriteCondition) => {
    const etag = objects.get(key)?.etag;
    const holds = condition.kind === 'empty' ? etag === undefined : etag === condition.etag;
    if (!holds) throw failure('destination-changed', key);
  };
  const uploadOf = ({ key, uploadId }: MultipartUpload): Upload => {
    const upload = uploads.get(uploadId);
    if (upload?.key !== key) throw failure('upload-missing', key);
    return upload;
  };

  return {
    ...steps,
    head: (key, { signal }) =>
      call('head', signal, () => {
        const object = objects.get(key);
        if (object === undefined) return undefined;
        const { bytes, etag, description } = object;
        return { key, sizeBytes: bytes.length, etag, crc32: crc32(bytes), record: description?.record };
      }),
    put: ({ key, body, crc32: claimed, condition, description, signal }) =>
      call('put', signal, () => {
        if (crc32(body) !== claimed) throw failure('destination-checksum-mismatch', key);
        checkCondition(key, condition);
        const bytes = Buffer.from(body);
        const etag = etagOf(md5(bytes));
        objects.set(key, { bytes, etag, description });
        return { etag };
      }),
    createUpload: ({ key, description, signal }) =>
      call('createUpload', signal, () => {
        const uploadId = unique('upload');
        uploads.set(uploadId, { key, description, initiatedAt: now(), parts: new Map() });
        return { key, uploadId };
      }),
    uploadPart: ({ upload, partNumber, body, crc32: claimed, signal }) =>
      call('uploadPart', signal, () => {
        const { parts } = uploadOf(upload);
        if (crc32(body) !== claimed) throw failure('destination-checksum-mismatch', upload.key);
        const part = { bytes: Buffer.from(body), etag: etagOf(`part${claimed.toString(16)}`), crc32: claimed };
        parts.set(partNumber, part);
        return reportOf(partNumber, part, true);
      }),
    listParts: (upload, { signal }) =>
      call('listParts', signal, () =>
        inOrder(uploadOf(upload).parts).map(([partNumber, part]) => reportOf(partNumber, part, listsChecksums)),
      ),
    completeUpload: ({ upload, parts, sizeBytes, crc32: claimed, condition, signal }) =>
      call('completeUpload', signal, () => {
        const { key, description, parts: stored } = uploadOf(upload);
        const pieces = parts.map((part, index) =>
          completedPart(stored, part, { index, count: parts.length, minPartBytes }),
        );
        const bytes = Buffer.concat(pieces);
        if (bytes.length !== sizeBytes || crc32(bytes) !== claimed) {
          throw failure('destination-checksum-mismatch', key);
        }
        checkCondition(key, condition);
        const etag = etagOf(`${md5(bytes)}-${parts.length}`);
        objects.set(key, { bytes, etag, description });
        uploads.delete(upload.uploadId);
        return { etag };
      }),
    abortUpload: ({ uploadId }, { signal }) => call('abortUpload', signal, () => void uploads.delete(uploadId)),
    listUploads: (key, { signal }) => call('listUploads', signal, () => listed().filter(upload => upload.key === key)),
    stored: key => objects.get(key),
    overwrite: (key, bytes) => void objects.set(key, { bytes, etag: etagOf(md5(bytes)), description: undefined }),
    remove: key => void objects.delete(key),
    get openUploads() {
      return openUploads();
    },
    partsOf(uploadId) {
      const parts = uploads.get(uploadId)?.parts ?? new Map<number, StoredPart>();
      return new Map(inOrder(parts).map(([partNumber, part]) => [partNumber, part.bytes]));
    },
    createForeignUpload(key) {
      const uploadId = unique('foreign');
      uploads.set(uploadId, { key, description: undefined, initiatedAt: now(), parts: new Map() });
      return { key, uploadId };
    },
    dropUploads: () => uploads.clear(),
  };

  function listed(): readonly ListedUpload[] {
    return [...uploads].map(([uploadId, { key, initiatedAt, description }]) => {
      return { key, uploadId, initiatedAt, hasOurMark: description !== undefined };
    });
  }

  function openUploads(): readonly MultipartUpload[] {
    return [...uploads].map(([uploadId, { key }]) => ({ key, uploadId }));
  }
}

function completedPart(
  stored: ReadonlyMap<number, StoredPart>,
  claimed: UploadedPart,
  { index, count, minPartBytes }: { readonly index: number; readonly count: number; readonly minPartBytes: number },
): Buffer {
  const part = stored.get(claimed.partNumber);
  if (part === undefined || part.etag !== claimed.etag || claimed.partNumber !== index + 1) {
    throw failure('upload-part-invalid', `part ${claimed.partNumber}`);
  }
  const isLast = index === count - 1;
  if (!isLast && part.bytes.length < minPartBytes) {
    throw failure('destination-request-refused', `part ${claimed.partNumber} is too small`, 'permanent');
  }
  return part.bytes;
}

function inOrder(parts: ReadonlyMap<number, StoredPart>): readonly (readonly [number, StoredPart])[] {
  return [...parts].sort(([a], [b]) => a - b);
}

function reportOf(partNumber: number, part: StoredPart, hasChecksum: boolean): UploadedPart {
  return {
    partNumber,
    sizeBytes: part.bytes.length,
    etag: part.etag,
    crc32: hasChecksum ? part.crc32 : undefined,
  };
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

function failure(code: string, key: string, kind: ErrorKind = 'retryable'): BridgeError {
  return new BridgeError({ kind, code, message: `The fake destination refused: ${code}.`, key });
}
