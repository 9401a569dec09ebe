// ListParts and ListMultipartUploads: https://www.alibabacloud.com/help/en/oss/developer-reference/listparts

import { compareUtf8 } from '../../shared/utf8-order.ts';
import { readEncoding } from './list-objects.ts';
import { invalidArgument } from './oss-error.ts';
import { wholeSeconds } from './oss-event.ts';
import { type Exchange, sendXml } from './oss-exchange.ts';
import { xmlDocument, xmlElement } from './oss-xml.ts';
import { requireUpload } from './upload-parts.ts';

const MAX_ENTRIES = 1000;

export function listParts(exchange: Exchange): void {
  const upload = requireUpload(exchange);
  const encode = readEncoding(exchange);
  const limit = readLimit(exchange, 'max-parts');
  const marker = Number(exchange.query.get('part-number-marker') ?? '0');
  const after = [...upload.parts.values()]
    .filter(part => part.partNumber > marker)
    .sort((a, b) => a.partNumber - b.partNumber);
  const page = after.slice(0, limit);
  const elements = [
    xmlElement('Bucket', exchange.bucket),
    xmlElement('Key', encode(exchange.key)),
    xmlElement('UploadId', upload.uploadId),
    xmlElement('StorageClass', upload.details.attributes['storage-class'] ?? 'Standard'),
    xmlElement('PartNumberMarker', marker),
    xmlElement('NextPartNumberMarker', page.at(-1)?.partNumber ?? marker),
    xmlElement('MaxParts', limit),
    xmlElement('IsTruncated', String(after.length > page.length)),
    ...page.map(part => {
      const fields = [
        xmlElement('PartNumber', part.partNumber),
        xmlElement('LastModified', wholeSeconds(part.lastModified)),
        xmlElement('ETag', `"${part.etag}"`),
        xmlElement('HashCrc64ecma', String(part.crc64)),
        xmlElement('Size', part.sizeBytes),
      ];
      return `<Part>${fields.join('')}</Part>`;
    }),
  ];
  sendXml(exchange, xmlDocument('ListPartsResult', elements.join('\n  ')));
}

export function listMultipartUploads(exchange: Exchange): void {
  const { query } = exchange;
  const encode = readEncoding(exchange);
  const limit = readLimit(exchange, 'max-uploads');
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  // Without a key marker an upload id marker means nothing.
  const uploadIdMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const after = exchange.uploads.list(exchange.bucket, prefix).filter(upload => {
    const order = compareUtf8(upload.key, keyMarker);
    return order > 0 || (order === 0 && uploadIdMarker !== '' && upload.uploadId > uploadIdMarker);
  });
  const page = after.slice(0, limit);
  const last = page.at(-1);
  const elements = [
    xmlElement('Bucket', exchange.bucket),
    xmlElement('KeyMarker', encode(keyMarker)),
    xmlElement('UploadIdMarker', uploadIdMarker),
    xmlElement('NextKeyMarker', encode(last?.key ?? '')),
    xmlElement('NextUploadIdMarker', last?.uploadId ?? ''),
    xmlElement('Prefix', encode(prefix)),
    xmlElement('MaxUploads', limit),
    xmlElement('IsTruncated', String(after.length > page.length)),
    ...page.map(upload => {
      const fields = [
        xmlElement('Key', encode(upload.key)),
        xmlElement('UploadId', upload.uploadId),
        xmlElement('StorageClass', upload.details.attributes['storage-class'] ?? 'Standard'),
        xmlElement('Initiated', wholeSeconds(upload.initiated)),
      ];
      return `<Upload>${fields.join('')}</Upload>`;
    }),
  ];
  sendXml(exchange, xmlDocument('ListMultipartUploadsResult', elements.join('\n  ')));
}

function readLimit(exchange: Exchange, name: string): number {
  const text = exchange.query.get(name) ?? String(MAX_ENTRIES);
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= MAX_ENTRIES) return limit;
  throw invalidArgument(name, text, `${name} must be an integer between 1 and 1000.`);
}
