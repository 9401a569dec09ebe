// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html

import type { StoredObject } from '../../store/object-store.ts';
import { storedChecksum } from '../object-details.ts';
import { headerOf, type ObjectCall, sendXml } from '../s3-call.ts';
import { invalidArgument } from '../s3-error.ts';
import type { XmlNode } from '../s3-xml.ts';
import { findObject } from './get-object.ts';
import { readPartSummaries } from './part-summaries.ts';

const KNOWN = new Set(['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']);
const MAX_PARTS = 1000;

/** A composite value stands here without its `-N`. */
function checksumNode(object: StoredObject): XmlNode | undefined {
  const checksum = storedChecksum(object.attributes);
  if (checksum === undefined) return undefined;
  return [
    'Checksum',
    [
      [`Checksum${checksum.algorithm}`, checksum.base64.replace(/-\d+$/, '')],
      ['ChecksumType', checksum.type],
    ],
  ];
}

/** Each part is listed only where the checksum is a composite of theirs; else S3 says how many there were, and no more. */
function partsNode(call: ObjectCall, object: StoredObject): XmlNode | undefined {
  const count = object.attributes['parts-count'];
  if (count === undefined) return undefined;
  const checksum = storedChecksum(object.attributes);
  const summaries = readPartSummaries(object.attributes);
  if (summaries === undefined || checksum === undefined) return ['ObjectParts', [['PartsCount', count]]];
  const marker = Number(headerOf(call, 'x-amz-part-number-marker') ?? 0);
  const maxParts = Math.min(Number(headerOf(call, 'x-amz-max-parts') ?? MAX_PARTS), MAX_PARTS);
  const after = summaries.filter(part => part.partNumber > marker);
  const page = after.slice(0, maxParts);
  return [
    'ObjectParts',
    [
      ['PartsCount', count],
      ['PartNumberMarker', marker],
      ['NextPartNumberMarker', page.at(-1)?.partNumber ?? 0],
      ['MaxParts', maxParts],
      ['IsTruncated', after.length > page.length],
      ...page.map(
        (part): XmlNode => [
          'Part',
          [
            ['PartNumber', part.partNumber],
            ['Size', part.sizeBytes],
            [`Checksum${checksum.algorithm}`, part.base64],
          ],
        ],
      ),
    ],
  ];
}

export async function getObjectAttributes(call: ObjectCall): Promise<void> {
  const header = headerOf(call, 'x-amz-object-attributes');
  const wanted = new Set((header ?? '').split(',').map(name => name.trim()));
  const unknown = [...wanted].find(name => !KNOWN.has(name));
  if (header === undefined || unknown !== undefined) {
    throw invalidArgument('x-amz-object-attributes', header ?? '', 'Invalid attribute name specified.');
  }
  const object = await findObject(call);
  call.response.setHeader('last-modified', object.lastModified.toUTCString());
  sendXml(call, [
    'GetObjectAttributesResponse',
    [
      wanted.has('ETag') ? ['ETag', object.etag] : undefined,
      wanted.has('Checksum') ? checksumNode(object) : undefined,
      wanted.has('ObjectParts') ? partsNode(call, object) : undefined,
      wanted.has('StorageClass') ? ['StorageClass', object.attributes['storage-class'] ?? 'STANDARD'] : undefined,
      wanted.has('ObjectSize') ? ['ObjectSize', object.sizeBytes] : undefined,
    ],
  ]);
}
