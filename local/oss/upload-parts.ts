// InitiateMultipartUpload, UploadPart, UploadPartCopy, AbortMultipartUpload.
// https://www.alibabacloud.com/help/en/oss/developer-reference/multipart-upload-operations

import { findCopySource } from './copy-object.ts';
import { discardParts, type MultipartUpload } from './multipart-uploads.ts';
import { readDetails } from './object-headers.ts';
import { invalidArgument, noSuchUpload, OssError } from './oss-error.ts';
import { wholeSeconds } from './oss-event.ts';
import { type Exchange, header, sendEmpty, sendXml } from './oss-exchange.ts';
import { xmlDocument, xmlElement } from './oss-xml.ts';
import { receiveBody } from './receive-body.ts';
import { type ReceivedBytes, stageBytes } from './stage-bytes.ts';

const MAX_PARTS = 10_000;

/** Fires an event, although there is nothing to read yet: `oss:ObjectCreated:*` matches it. */
export function initiateMultipartUpload(exchange: Exchange): void {
  const { bucket, key } = exchange;
  const details = readDetails(exchange.request.headers);
  const upload = exchange.uploads.begin({ bucket, key, initiated: exchange.now(), details });
  const eventName = 'ObjectCreated:InitiateMultipartUpload';
  exchange.fire({ eventName, key, etag: '', sizeBytes: 0, deltaBytes: 0 });
  const names = { Bucket: bucket, Key: key, UploadId: upload.uploadId };
  const content = Object.entries(names).map(([name, value]) => xmlElement(name, value));
  sendXml(exchange, xmlDocument('InitiateMultipartUploadResult', content.join('\n  ')));
}

export async function uploadPart(exchange: Exchange): Promise<void> {
  const partNumber = readPartNumber(exchange);
  const upload = requireUpload(exchange);
  const received = await receiveBody(exchange);
  const etag = await keepPart({ exchange, upload, partNumber, received, eventName: 'ObjectCreated:UploadPart' });
  const crc64 = String(received.crc64);
  sendEmpty(exchange, 200, {
    ETag: `"${etag}"`,
    'Content-MD5': received.md5.toString('base64'),
    'x-oss-hash-crc64ecma': crc64,
  });
}

export async function uploadPartCopy(exchange: Exchange): Promise<void> {
  const partNumber = readPartNumber(exchange);
  const upload = requireUpload(exchange);
  const source = await findCopySource(exchange);
  if (source === 'not-modified') return sendEmpty(exchange, 304);
  const range = readSourceRange(exchange, source.object.sizeBytes);
  const received = await stageBytes(exchange.store, source.store.read(source.object, range));
  const etag = await keepPart({ exchange, upload, partNumber, received, eventName: 'ObjectCreated:UploadPartCopy' });
  const content = `${xmlElement('ETag', `"${etag}"`)}\n  ${xmlElement('LastModified', wholeSeconds(exchange.now()))}`;
  sendXml(exchange, xmlDocument('CopyPartResult', content));
}

export async function abortMultipartUpload(exchange: Exchange): Promise<void> {
  const upload = requireUpload(exchange);
  exchange.uploads.take(upload);
  await discardParts(upload);
  const eventName = 'ObjectRemoved:AbortMultipartUpload';
  exchange.fire({ eventName, key: exchange.key, etag: '', sizeBytes: 0, deltaBytes: 0 });
  sendEmpty(exchange, 204);
}

/** Throws OssError 404 NoSuchUpload. */
export function requireUpload(exchange: Exchange): MultipartUpload {
  const uploadId = exchange.query.get('uploadId') ?? '';
  const upload = exchange.uploads.find({ bucket: exchange.bucket, key: exchange.key, uploadId });
  if (upload === undefined) throw noSuchUpload(uploadId);
  return upload;
}

function readPartNumber(exchange: Exchange): number {
  const text = exchange.query.get('partNumber') ?? '';
  const partNumber = Number(text);
  if (/^\d+$/.test(text) && partNumber >= 1 && partNumber <= MAX_PARTS) return partNumber;
  throw invalidArgument('partNumber', text, 'Part number must be an integer between 1 and 10000, inclusive.');
}

function readSourceRange(exchange: Exchange, sizeBytes: number): { start: number; end: number } {
  const text = header(exchange, 'x-oss-copy-source-range');
  if (text === undefined) return { start: 0, end: sizeBytes };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(text) ?? [];
  const range = { start: Number(first), end: Number(last) + 1 };
  if (range.start < range.end && range.end <= sizeBytes) return range;
  throw new OssError({ status: 416, code: 'InvalidRange', message: 'The requested range cannot be satisfied.' });
}

/** A part of the same number is replaced. Its ETag. */
async function keepPart(options: {
  exchange: Exchange;
  upload: MultipartUpload;
  partNumber: number;
  received: ReceivedBytes;
  eventName: string;
}): Promise<string> {
  const { exchange, upload, partNumber, received, eventName } = options;
  if (!exchange.uploads.has(upload)) {
    // It was completed or aborted while these bytes came in.
    await received.staged.discard();
    throw noSuchUpload(upload.uploadId);
  }
  const etag = received.md5.toString('hex').toUpperCase();
  const replaced = upload.parts.get(partNumber);
  upload.parts.set(partNumber, { ...received, partNumber, etag, lastModified: exchange.now() });
  await replaced?.staged.discard();
  exchange.fire({ eventName, key: exchange.key, etag, sizeBytes: received.sizeBytes, deltaBytes: received.sizeBytes });
  return etag;
}
