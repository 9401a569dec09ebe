// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html

import { compareUtf8 } from '../../../shared/utf8-order.ts';
import { nameWriter, readCount, readPageSize } from '../listing.ts';
import type { MultipartUpload, UploadedPart } from '../multipart-uploads.ts';
import { type BucketCall, isoSeconds, type ObjectCall, OWNER, queryOf, sendXml } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { XmlNode } from '../s3-xml.ts';
import { uploadIdentity } from './upload-part.ts';

const INITIATOR: XmlNode = [
  'Initiator',
  [
    ['ID', 'local'],
    ['DisplayName', 'local'],
  ],
];

function checksumNodes({ checksum }: MultipartUpload): XmlNode[] {
  if (!checksum.isDeclared) return [];
  return [
    ['ChecksumAlgorithm', checksum.algorithm],
    ['ChecksumType', checksum.type],
  ];
}

function storageClassOf(upload: MultipartUpload): string {
  return upload.description.attributes['storage-class'] ?? 'STANDARD';
}

function writePart(part: UploadedPart, { checksum }: MultipartUpload): XmlNode {
  const value = part.checksums.get(checksum.algorithm);
  return [
    'Part',
    [
      ['PartNumber', part.partNumber],
      ['LastModified', isoSeconds(part.lastModified)],
      ['ETag', `"${part.etag}"`],
      ['Size', part.sizeBytes],
      checksum.isDeclared && value !== undefined ? [`Checksum${checksum.algorithm}`, value] : undefined,
    ],
  ];
}

export async function listParts(call: ObjectCall): Promise<void> {
  const upload = call.state.uploads.get(uploadIdentity(call));
  const maxParts = readPageSize(call, 'max-parts');
  const marker = readCount(call, 'part-number-marker', { fallback: 0, max: 0x7fffffff });
  const after = [...upload.parts.values()]
    .filter(part => part.partNumber > marker)
    .sort((a, b) => a.partNumber - b.partNumber);
  const page = after.slice(0, maxParts);
  sendXml(call, [
    'ListPartsResult',
    [
      ['Bucket', call.bucket],
      ['Key', call.key],
      ['UploadId', upload.uploadId],
      INITIATOR,
      OWNER,
      ['StorageClass', storageClassOf(upload)],
      ['PartNumberMarker', marker],
      ['NextPartNumberMarker', page.at(-1)?.partNumber ?? 0],
      ['MaxParts', maxParts],
      ['IsTruncated', after.length > page.length],
      ...checksumNodes(upload),
      ...page.map(part => writePart(part, upload)),
    ],
  ]);
}

export async function listMultipartUploads(call: BucketCall): Promise<void> {
  // It would roll uploads up; this server does not.
  if ((queryOf(call, 'delimiter') ?? '') !== '')
    throw new S3Error('NotImplemented', { details: { Header: 'delimiter' } });
  const prefix = queryOf(call, 'prefix') ?? '';
  const keyMarker = queryOf(call, 'key-marker') ?? '';
  // Without a key it means nothing.
  const uploadIdMarker = keyMarker === '' ? '' : (queryOf(call, 'upload-id-marker') ?? '');
  const limit = readPageSize(call, 'max-uploads');
  const writeName = nameWriter(call);
  const encodingType = queryOf(call, 'encoding-type');
  const after = call.state.uploads.list(call.bucket, prefix).filter(upload => {
    const order = compareUtf8(upload.key, keyMarker);
    return order > 0 || (order === 0 && uploadIdMarker !== '' && upload.uploadId > uploadIdMarker);
  });
  const page = after.slice(0, limit);
  const last = page.at(-1);
  sendXml(call, [
    'ListMultipartUploadsResult',
    [
      ['Bucket', call.bucket],
      ['KeyMarker', writeName(keyMarker)],
      ['UploadIdMarker', uploadIdMarker],
      ['NextKeyMarker', writeName(last?.key ?? '')],
      ['NextUploadIdMarker', last?.uploadId ?? ''],
      ['Prefix', writeName(prefix)],
      encodingType === undefined ? undefined : ['EncodingType', encodingType],
      ['MaxUploads', limit],
      ['IsTruncated', limit > 0 && after.length > page.length],
      ...page.map(
        (upload): XmlNode => [
          'Upload',
          [
            ['Key', writeName(upload.key)],
            ['UploadId', upload.uploadId],
            INITIATOR,
            OWNER,
            ['StorageClass', storageClassOf(upload)],
            ['Initiated', isoSeconds(upload.initiated)],
            ...checksumNodes(upload),
          ],
        ],
      ),
    ],
  ]);
}
