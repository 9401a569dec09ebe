// What is remembered of the parts of a completed upload, for GetObjectAttributes: only where their checksums make up the object's.

import type { DescribedObject } from '../object-details.ts';

const ATTRIBUTE = 'parts';

export interface PartSummary {
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly base64: string;
}

export function partSummaryAttributes(parts: readonly PartSummary[]): Record<string, string> {
  return { [ATTRIBUTE]: parts.map(part => `${part.partNumber}:${part.sizeBytes}:${part.base64}`).join(' ') };
}

export function readPartSummaries(attributes: DescribedObject['attributes']): PartSummary[] | undefined {
  return attributes[ATTRIBUTE]?.split(' ').map(text => {
    const [partNumber, sizeBytes, base64 = ''] = text.split(':');
    return { partNumber: Number(partNumber), sizeBytes: Number(sizeBytes), base64 };
  });
}
