// The document of a CompleteMultipartUpload.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html

import { CHECKSUM_ALGORITHMS, type Checksum } from './checksums/checksum-algorithms.ts';
import { S3Error } from './s3-error.ts';
import { childText, readXml, type XmlElement } from './s3-xml.ts';

const MAX_PARTS = 10_000;

export interface CompletedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: readonly Checksum[];
}

function readPart(element: XmlElement): CompletedPart {
  const number = childText(element, 'PartNumber')?.trim() ?? '';
  const etag = childText(element, 'ETag');
  if (!/^\d+$/.test(number) || etag === undefined) throw new S3Error('MalformedXML');
  const checksums = CHECKSUM_ALGORITHMS.flatMap((algorithm): Checksum[] => {
    const base64 = childText(element, `Checksum${algorithm}`);
    return base64 === undefined ? [] : [{ algorithm, base64: base64.trim() }];
  });
  return { partNumber: Number(number), etag: etag.trim().replace(/^"(.*)"$/, '$1'), checksums };
}

/** Throws MalformedXML, also for no parts at all or for more than 10,000. */
export function readCompletedParts(source: string): CompletedPart[] {
  const parts = (readXml(source, 'CompleteMultipartUpload').children.get('Part') ?? []).map(readPart);
  if (parts.length === 0 || parts.length > MAX_PARTS) throw new S3Error('MalformedXML');
  return parts;
}
