// All that goes along with an object's bytes, as request headers: the same for PutObject and CreateMultipartUpload. Pure. Every value that
// leaves here is printable ASCII, so that what is signed and what is sent cannot differ.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html

import { BridgeError } from '../../shared/bridge-error.ts';
import { utf8Length } from '../../shared/utf8-order.ts';
import type { ObjectDescription } from '../transfer/object-destination.ts';
import type { CarriedHeaders } from '../transfer/object-source.ts';
import { toAsciiContentDisposition } from './s3-content-disposition.ts';
import { encodeHeaderText } from './s3-encoded-word.ts';
import { isReservedMetadataName, metadataOfRecord } from './s3-source-record.ts';
import { taggingHeader } from './s3-tags.ts';

/** The sum of the names' and values' UTF-8 bytes; `x-amz-meta-` does not count. Same page as above, "User-defined object metadata". */
export const USER_METADATA_MAX_BYTES = 2048;

const METADATA_HEADER_PREFIX = 'x-amz-meta-';

export type MetadataOverflow = 'fail' | 'drop';

export interface DescriptionHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** Names of user metadata that could not go along: too large together (`drop`), or reserved to our record. */
  readonly droppedMetadata: readonly string[];
}

/** @throws BridgeError permanent `metadata-too-large`, `metadata-not-allowed`, `header-not-allowed`, `tags-not-allowed` */
export function headersOfDescription(description: ObjectDescription, overflow: MetadataOverflow): DescriptionHeaders {
  const { kept, dropped } = fitMetadata(description, overflow);
  const headers: Record<string, string> = systemHeaders(description.headers);
  for (const [name, value] of Object.entries({ ...kept, ...metadataOfRecord(description.record) })) {
    headers[METADATA_HEADER_PREFIX + name] = encodeHeaderText(value);
  }
  const tagging = taggingHeader(description.tags);
  if (tagging !== undefined) headers['x-amz-tagging'] = tagging;
  return { headers, droppedMetadata: dropped };
}

function systemHeaders(carried: CarriedHeaders): Record<string, string> {
  const headers: Record<string, string | undefined> = {
    'content-type': carried.contentType,
    'cache-control': carried.cacheControl,
    'content-encoding': withoutAwsChunked(carried.contentEncoding),
    'content-language': carried.contentLanguage,
    'content-disposition':
      carried.contentDisposition === undefined ? undefined : toAsciiContentDisposition(carried.contentDisposition),
    expires: carried.expires,
  };
  const present = Object.entries(headers).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  for (const [name, value] of present) {
    if (!/^[\x20-\x7e]*$/.test(value)) throw headerNotAllowed(name);
  }
  return Object.fromEntries(present);
}

/** `aws-chunked` describes how a request was sent, not the object: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
function withoutAwsChunked(encoding: string | undefined): string | undefined {
  if (encoding === undefined || !/aws-chunked/i.test(encoding)) return encoding;
  const codings = encoding.split(',').map(coding => coding.trim());
  return codings.filter(coding => coding !== '' && coding.toLowerCase() !== 'aws-chunked').join(', ');
}

/**
 * Our record always fits and always stays. Under `fail`, only what S3 refuses for certain is refused here (values counted as Unicode); the
 * rest is for S3 to judge. Under `drop`, the largest entries go first (of equal ones the later name) until the encoded form fits.
 */
function fitMetadata(
  description: ObjectDescription,
  overflow: MetadataOverflow,
): { kept: Record<string, string>; dropped: string[] } {
  const all = Object.entries(description.metadata);
  const dropped = all.map(([name]) => name).filter(isReservedMetadataName);
  const entries = all.filter(([name]) => !isReservedMetadataName(name));
  for (const [name] of entries) {
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/i.test(name)) throw metadataNotAllowed(name);
  }
  const ours = Object.entries(metadataOfRecord(description.record));
  if (overflow === 'fail') {
    const bytes = sum([...entries, ...ours].map(([name, value]) => utf8Length(name) + utf8Length(value)));
    if (bytes > USER_METADATA_MAX_BYTES) throw tooLarge(bytes);
    return { kept: Object.fromEntries(entries), dropped };
  }
  const sent = entries.map(([name, value]) => ({ name, value, bytes: sentBytes(name, value) }));
  let total = sum(sent.map(entry => entry.bytes)) + sum(ours.map(([name, value]) => sentBytes(name, value)));
  sent.sort((a, b) => a.bytes - b.bytes || (a.name < b.name ? -1 : 1));
  while (total > USER_METADATA_MAX_BYTES) {
    const largest = sent.pop();
    if (largest === undefined) throw tooLarge(total);
    total -= largest.bytes;
    dropped.push(largest.name);
  }
  return { kept: Object.fromEntries(sent.map(({ name, value }) => [name, value])), dropped };
}

function sentBytes(name: string, value: string): number {
  return utf8Length(name) + encodeHeaderText(value).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function tooLarge(bytes: number): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'metadata-too-large',
    message: `The object's user metadata has ${bytes} bytes with our record; S3 allows ${USER_METADATA_MAX_BYTES}. Shorten it at the source, or set S3_METADATA_OVERFLOW=drop to leave out what does not fit.`,
  });
}

function metadataNotAllowed(name: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'metadata-not-allowed',
    message: `The object's user metadata has the name ${JSON.stringify(name)}, which cannot be part of an HTTP header's name. Rename it at the source.`,
  });
}

function headerNotAllowed(name: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'header-not-allowed',
    message: `The object's ${name} has characters other than printable ASCII, which S3 does not take. Change it at the source.`,
  });
}
