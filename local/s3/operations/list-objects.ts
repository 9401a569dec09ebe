// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html

import type { StoredObject } from '../../store/object-store.ts';
import { isCommonPrefix, type ListedPage, nameWriter, readPageSize, walk } from '../listing.ts';
import { storedChecksum } from '../object-details.ts';
import { type BucketCall, isoSeconds, OWNER, queryOf, sendXml } from '../s3-call.ts';
import { invalidArgument } from '../s3-error.ts';
import type { XmlNode } from '../s3-xml.ts';

function writeObject(
  object: StoredObject,
  options: { writeName: (name: string) => string; withOwner: boolean },
): XmlNode {
  const checksum = storedChecksum(object.attributes);
  return [
    'Contents',
    [
      ['Key', options.writeName(object.key)],
      ['LastModified', isoSeconds(object.lastModified)],
      ['ETag', `"${object.etag}"`],
      checksum === undefined ? undefined : ['ChecksumAlgorithm', checksum.algorithm],
      checksum === undefined ? undefined : ['ChecksumType', checksum.type],
      ['Size', object.sizeBytes],
      options.withOwner ? OWNER : undefined,
      ['StorageClass', object.attributes['storage-class'] ?? 'STANDARD'],
    ],
  ];
}

function writeEntries(
  page: ListedPage,
  options: { writeName: (name: string) => string; withOwner: boolean },
): XmlNode[] {
  const objects = page.entries.flatMap(entry => (isCommonPrefix(entry) ? [] : [writeObject(entry, options)]));
  const prefixes = page.entries.flatMap((entry): XmlNode[] =>
    isCommonPrefix(entry) ? [['CommonPrefixes', [['Prefix', options.writeName(entry.commonPrefix)]]]] : [],
  );
  return [...objects, ...prefixes];
}

/** The elements that both versions have in common, but for the position. */
function readCommon(call: BucketCall) {
  const prefix = queryOf(call, 'prefix') ?? '';
  const delimiter = queryOf(call, 'delimiter') ?? '';
  const limit = readPageSize(call, 'max-keys');
  const writeName = nameWriter(call);
  const encodingType = queryOf(call, 'encoding-type');
  const echo: (XmlNode | undefined)[] = [
    ['Name', call.bucket],
    ['Prefix', writeName(prefix)],
    delimiter === '' ? undefined : ['Delimiter', writeName(delimiter)],
    ['MaxKeys', limit],
    encodingType === undefined ? undefined : ['EncodingType', encodingType],
  ];
  return { prefix, delimiter, limit, writeName, echo };
}

/** Opaque to clients: a name in base64url behind a mark of ours. */
const TOKEN_MARK = '1';

function writeToken(name: string): string {
  return TOKEN_MARK + Buffer.from(name, 'utf8').toString('base64url');
}

function readToken(token: string): string {
  const name = Buffer.from(token.slice(TOKEN_MARK.length), 'base64url').toString('utf8');
  if (name !== '' && writeToken(name) === token) return name;
  throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect');
}

export async function listObjectsV2(call: BucketCall): Promise<void> {
  const listType = queryOf(call, 'list-type') ?? '';
  if (listType !== '2') throw invalidArgument('list-type', listType, 'Invalid List Type specified in Request');
  const { echo, writeName, ...options } = readCommon(call);
  const token = queryOf(call, 'continuation-token');
  const startAfter = queryOf(call, 'start-after');
  const page = await walk(call.store, {
    ...options,
    startAfter: token === undefined ? (startAfter ?? '') : readToken(token),
  });
  sendXml(call, [
    'ListBucketResult',
    [
      ...echo,
      ['KeyCount', page.entries.length],
      ['IsTruncated', page.isTruncated],
      token === undefined ? undefined : ['ContinuationToken', token],
      page.isTruncated ? ['NextContinuationToken', writeToken(page.lastName)] : undefined,
      startAfter === undefined ? undefined : ['StartAfter', writeName(startAfter)],
      ...writeEntries(page, { writeName, withOwner: queryOf(call, 'fetch-owner') === 'true' }),
    ],
  ]);
}

export async function listObjects(call: BucketCall): Promise<void> {
  const { echo, writeName, ...options } = readCommon(call);
  const marker = queryOf(call, 'marker') ?? '';
  const page = await walk(call.store, { ...options, startAfter: marker });
  sendXml(call, [
    'ListBucketResult',
    [
      ...echo,
      ['Marker', writeName(marker)],
      ['IsTruncated', page.isTruncated],
      // Without a delimiter a client goes on from the last key.
      page.isTruncated && options.delimiter !== '' ? ['NextMarker', writeName(page.lastName)] : undefined,
      ...writeEntries(page, { writeName, withOwner: true }),
    ],
  ]);
}
