// CompleteMultipartUpload: https://www.alibabacloud.com/help/en/oss/developer-reference/completemultipartupload
// The ETag is the MD5 of the parts' MD5s, a dash and their number; the CRC-64 is the whole object's, combined from the parts'.

import { createHash } from 'node:crypto';
import { combineCrc64 } from '../../shared/checksums/crc64.ts';
import { percentEncode } from './header-text.ts';
import { discardParts, type MultipartUpload, type UploadedPart } from './multipart-uploads.ts';
import { malformedXml, OssError } from './oss-error.ts';
import { createdChange } from './oss-event.ts';
import { type Exchange, sendXml } from './oss-exchange.ts';
import { childrenOf, textOf, xmlDocument, xmlElement } from './oss-xml.ts';
import { Before } from './put-object.ts';
import { receiveXml } from './receive-body.ts';
import { requireUpload } from './upload-parts.ts';

/** Of every part but the last. */
const MIN_PART_BYTES = 100 * 1024;

export async function completeMultipartUpload(exchange: Exchange): Promise<void> {
  const body = await receiveXml(exchange, 'CompleteMultipartUpload');
  const upload = requireUpload(exchange);
  const parts = chooseParts(upload, childrenOf(body, 'Part').map(readListedPart));
  const etag = multipartEtag(parts);
  const crc64 = parts.reduce((crc, part) => combineCrc64(crc, part.crc64, part.sizeBytes), 0n);
  const before = new Before(exchange);
  exchange.uploads.take(upload);
  const object = await commitParts({ exchange, upload, parts, etag, crc64, before });
  exchange.fire(
    createdChange({ eventName: 'ObjectCreated:CompleteMultipartUpload', object, sizeBefore: before.sizeBytes }),
  );
  const host = exchange.request.headers.host ?? '';
  const elements = {
    Location: `http://${host}/${percentEncode(exchange.key)}`,
    Bucket: exchange.bucket,
    Key: exchange.key,
    ETag: `"${etag}"`,
  };
  const content = Object.entries(elements).map(([name, value]) => xmlElement(name, value));
  sendXml(exchange, xmlDocument('CompleteMultipartUploadResult', content.join('\n  ')), {
    ETag: `"${etag}"`,
    'x-oss-hash-crc64ecma': String(crc64),
  });
}

interface ListedPart {
  readonly partNumber: number;
  readonly etag: string;
}

function readListedPart(node: Parameters<typeof textOf>[0]): ListedPart {
  const partNumber = Number(textOf(node, 'PartNumber')?.trim() ?? '');
  const etag =
    textOf(node, 'ETag')
      ?.trim()
      .replace(/^"(.*)"$/, '$1') ?? '';
  if (!Number.isInteger(partNumber) || partNumber < 1 || etag === '') throw malformedXml();
  return { partNumber, etag };
}

/** Throws OssError 400 MalformedXML, InvalidPartOrder, InvalidPart or EntityTooSmall. */
function chooseParts(upload: MultipartUpload, listed: readonly ListedPart[]): UploadedPart[] {
  if (listed.length === 0) throw malformedXml();
  if (listed.some((part, index) => part.partNumber <= (listed[index - 1]?.partNumber ?? 0))) {
    const message = 'The list of parts was not in ascending order. Parts list must specified in order by part number.';
    throw new OssError({ status: 400, code: 'InvalidPartOrder', message, elements: { UploadId: upload.uploadId } });
  }
  return listed.map(({ partNumber, etag }, index) => {
    const part = upload.parts.get(partNumber);
    if (part === undefined || part.etag !== etag.toUpperCase()) {
      const message =
        'One or more of the specified parts could not be found or the specified entity tag might not have matched the part.';
      const elements = { PartNumber: String(partNumber), UploadId: upload.uploadId };
      throw new OssError({ status: 400, code: 'InvalidPart', message, elements });
    }
    if (index < listed.length - 1 && part.sizeBytes < MIN_PART_BYTES) {
      const elements = {
        ProposedSize: String(part.sizeBytes),
        MinSizeAllowed: String(MIN_PART_BYTES),
        PartNumber: String(partNumber),
        ETag: part.etag,
      };
      const message = 'Your proposed upload smaller than the minimum allowed size.';
      throw new OssError({ status: 400, code: 'EntityTooSmall', message, elements });
    }
    return part;
  });
}

function multipartEtag(parts: readonly UploadedPart[]): string {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.md5);
  return `${md5.digest('hex').toUpperCase()}-${parts.length}`;
}

async function commitParts(options: {
  exchange: Exchange;
  upload: MultipartUpload;
  parts: readonly UploadedPart[];
  etag: string;
  crc64: bigint;
  before: Before;
}) {
  const { exchange, upload, parts, etag, crc64, before } = options;
  const attributes = { ...upload.details.attributes, type: 'Multipart', crc64: String(crc64) };
  const pieces = parts.map(part => part.staged);
  try {
    const details = { ...upload.details, etag, attributes };
    const object = await exchange.store.commit(exchange.key, pieces, details, before.accept);
    await discardParts(upload);
    return object;
  } catch (error) {
    exchange.uploads.putBack(upload);
    throw error;
  }
}
