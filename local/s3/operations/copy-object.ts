// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html

import { createHash } from 'node:crypto';
import { crc32ToBase64 } from '../../../shared/checksums/crc32.ts';
import type { StagedBytes, StoredObject } from '../../store/object-store.ts';
import {
  type ChecksumAlgorithm,
  createChecksumHasher,
  findChecksumAlgorithm,
} from '../checksums/checksum-algorithms.ts';
import { checksumDigest } from '../checksums/checksum-digest.ts';
import {
  checksumAttributes,
  encryptionHeaders,
  isKmsEncrypted,
  readHeadersAndMetadata,
  readPlacement,
  refuseUncoveredHeaders,
  storedChecksum,
} from '../object-details.ts';
import { readTagsHeader } from '../object-tags.ts';
import { evaluateRead, readConditions, writeConditions } from '../preconditions.ts';
import { MAX_BODY_BYTES } from '../receive-body.ts';
import { readRequestTarget } from '../request-target.ts';
import { headerOf, isoSeconds, type ObjectCall, sendXml } from '../s3-call.ts';
import { invalidArgument, invalidRequest, noBytesKept, S3Error } from '../s3-error.ts';
import { findObject } from './get-object.ts';
import { DEFAULT_ALGORITHM, etagOf } from './put-object.ts';

type Source = ObjectCall & { readonly object: StoredObject };

async function findSource(call: ObjectCall): Promise<Source> {
  const header = headerOf(call, 'x-amz-copy-source') ?? '';
  const { bucket, key, query } = readRequestTarget(`/${header.replace(/^\//, '')}`, '');
  if (bucket === undefined || key === undefined) {
    throw invalidArgument('x-amz-copy-source', header, 'Invalid copy source object key');
  }
  if (query.some(([name, value]) => name === 'versionId' && value !== 'null')) throw new S3Error('NotImplemented');
  const store = call.state.findBucket(bucket);
  if (store === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: bucket } });
  const source = { ...call, bucket, key, store };
  const object = await findObject(source);
  if (evaluateRead(object, readConditions(call, 'x-amz-copy-source-')) !== 'ok') {
    throw new S3Error('PreconditionFailed');
  }
  if (object.sizeBytes > MAX_BODY_BYTES) {
    throw invalidRequest(
      'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
    );
  }
  return { ...source, object };
}

/** True for REPLACE, false for COPY. */
function isReplaced(call: ObjectCall, header: string): boolean {
  const directive = headerOf(call, header) ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') throw invalidArgument(header, directive, 'Unknown directive.');
  return directive === 'REPLACE';
}

function algorithmOf(call: ObjectCall, object: StoredObject): ChecksumAlgorithm {
  const asked = headerOf(call, 'x-amz-checksum-algorithm');
  if (asked === undefined) return storedChecksum(object.attributes)?.algorithm ?? DEFAULT_ALGORITHM;
  const algorithm = findChecksumAlgorithm(asked);
  if (algorithm === undefined) throw invalidRequest('Checksum algorithm provided is unsupported.');
  return algorithm;
}

interface StagedContent {
  readonly staged: StagedBytes;
  /** What the ETag is of. */
  readonly digest: Buffer;
  /** The copy's checksum. */
  readonly base64: string;
}

async function stageBytes(call: ObjectCall, source: Source, algorithm: ChecksumAlgorithm): Promise<StagedContent> {
  const staged = await call.store.stage();
  const md5 = createHash('md5');
  const hasher = createChecksumHasher(algorithm);
  try {
    for await (const bytes of source.store.read(source.object, { start: 0, end: source.object.sizeBytes })) {
      md5.update(bytes);
      hasher.update(bytes);
      await staged.write(bytes);
    }
  } catch (error) {
    await staged.discard();
    throw error;
  }
  return { staged, digest: md5.digest(), base64: hasher.digest().toString('base64') };
}

/** From a store that keeps no bytes: within it, and with a checksum that is known. Throws NotImplemented for any other. */
async function stageKnown(call: ObjectCall, source: Source, algorithm: ChecksumAlgorithm): Promise<StagedContent> {
  const { object, store } = source;
  const staged = store === call.store ? await store.stageCopy?.(object) : undefined;
  if (staged?.checksums === undefined) throw noBytesKept();
  const { crc32 } = staged.checksums;
  const stored = storedChecksum(object.attributes);
  const isKnown = stored?.algorithm === algorithm && stored.type === 'FULL_OBJECT';
  const base64 = algorithm === 'CRC32' ? crc32ToBase64(crc32) : isKnown ? stored.base64 : undefined;
  if (base64 === undefined) throw noBytesKept();
  const isMd5 = /^[0-9a-f]{32}$/.test(object.etag) && !isKmsEncrypted(object.attributes);
  const { sizeBytes } = object;
  return { staged, digest: isMd5 ? Buffer.from(object.etag, 'hex') : checksumDigest({ crc32, sizeBytes }), base64 };
}

export async function copyObject(call: ObjectCall): Promise<void> {
  refuseUncoveredHeaders(call);
  const accept = writeConditions(call);
  const source = await findSource(call);
  const { object } = source;
  const replacesMetadata = isReplaced(call, 'x-amz-metadata-directive');
  const isToItself = source.bucket === call.bucket && source.key === call.key;
  const changesPlacement = ['x-amz-storage-class', 'x-amz-server-side-encryption'].some(
    name => headerOf(call, name) !== undefined,
  );
  if (isToItself && !replacesMetadata && !changesPlacement) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const algorithm = algorithmOf(call, object);
  const described = replacesMetadata
    ? readHeadersAndMetadata(call)
    : { headers: object.headers, metadata: object.metadata };
  const tags = isReplaced(call, 'x-amz-tagging-directive')
    ? readTagsHeader(headerOf(call, 'x-amz-tagging') ?? '')
    : object.tags;
  const placement = readPlacement(call);
  const stage = source.store.keepsBytes === false && object.sizeBytes > 0 ? stageKnown : stageBytes;
  const { staged, digest, base64 } = await stage(call, source, algorithm);
  try {
    const attributes = { ...placement, ...checksumAttributes({ algorithm, base64 }, 'FULL_OBJECT') };
    const etag = etagOf(digest, { isOpaque: call.state.kmsEtags && isKmsEncrypted(attributes) });
    const copy = await call.store.commit(call.key, [staged], { ...described, tags, attributes, etag }, accept);
    for (const [name, value] of Object.entries(encryptionHeaders(attributes)))
      call.response.setHeader(name, String(value));
    sendXml(call, [
      'CopyObjectResult',
      [
        ['LastModified', isoSeconds(copy.lastModified)],
        ['ETag', `"${etag}"`],
        [`Checksum${algorithm}`, base64],
        ['ChecksumType', 'FULL_OBJECT'],
      ],
    ]);
  } finally {
    await staged.discard();
  }
}
