// The port SourceListing: pages of ListObjectsV2, made strict. Keys come percent-encoded, because XML cannot carry control characters
// or U+FFFE, and are decoded here exactly once; order, prefix and start are asserted on every page, because ranges are split by them.
// https://www.alibabacloud.com/help/en/oss/developer-reference/listobjectsv2

import { BridgeError } from '../../shared/bridge-error.ts';
import { keyFault } from '../../shared/keys/key-rules.ts';
import { quoteText } from '../../shared/messages/quote-text.ts';
import { compareUtf8 } from '../../shared/utf8-order.ts';
import type { ListedObject, ListOptions, SourceListing } from '../backfill/source-listing.ts';
import { getBucketInfo, type OssBucketInfo } from './oss-bucket-info.ts';
import { createOssClient } from './oss-client.ts';
import { standardRegion } from './oss-endpoint.ts';
import { badAnswer, unquote } from './oss-object.ts';
import { retryRead } from './oss-retry.ts';
import { listWithSdk, type SdkObject } from './oss-sdk-list.ts';
import type { OssSourceOptions } from './oss-source-options.ts';

const MAX_KEYS = 1000;
/** What a message has room for; OSS's have 32 to 40 characters. */
const ETAG_MAX_CHARACTERS = 256;
/** A page is empty where 1,000 old versions or delete markers stand in a row: this many are ten million of them. */
const DEFAULT_MAX_EMPTY_PAGES = 10_000;

export interface OssListing extends SourceListing {
  /** @throws BridgeError `source-access-denied` without oss:GetBucketInfo, which nothing but a person's questions needs */
  bucketInfo(options: { readonly signal: AbortSignal }): Promise<OssBucketInfo>;
  close(): Promise<void>;
}

export function createOssListing(options: OssSourceOptions): OssListing {
  const client = createOssClient(options);
  const region = standardRegion(options.region);
  const { bucket, log, now, isRequesterPaying = false, maxEmptyPages = DEFAULT_MAX_EMPTY_PAGES } = options;
  return {
    list: async ({ prefix, startAfter, limit, signal }) => {
      if (!(Number.isInteger(limit) && limit >= 1 && limit <= MAX_KEYS)) {
        throw new RangeError(`A page has 1 to ${MAX_KEYS} keys, not ${limit}.`);
      }
      // A page can be truncated and empty (old versions, delete markers). Its caller could not go on from it; its token can.
      const tokens = new Set<string>();
      for (let token: string | undefined; ; ) {
        const query = listQuery({ prefix, startAfter, limit, token });
        const page = await retryRead(
          () =>
            client.withCredentials(
              credentials =>
                listWithSdk({
                  client,
                  credentials,
                  region,
                  bucket,
                  isRequesterPaying,
                  query,
                  signal,
                  ...(now === undefined ? {} : { now }),
                }),
              signal,
            ),
          { retry: client.retry, log, signal },
        );
        const objects = page.objects.map(readListedObject);
        assertOrder(objects, { prefix, startAfter });
        if (objects.length > limit) throw badAnswer(undefined, `lists ${objects.length} keys, ${limit} were asked`);
        if (objects.length > 0 || !page.isTruncated) return { objects, isTruncated: page.isTruncated };
        const nextToken = decodeListed(page.nextContinuationToken ?? '');
        if (nextToken === '' || tokens.has(nextToken))
          throw badAnswer(undefined, 'is truncated, but says not how to go on');
        if (tokens.size === maxEmptyPages) throw endless(maxEmptyPages, startAfter);
        tokens.add(nextToken);
        token = nextToken;
      }
    },
    bucketInfo: ({ signal }) => retryRead(() => getBucketInfo(client, signal), { retry: client.retry, log, signal }),
    close: () => client.close(),
  };
}

function listQuery(page: Omit<ListOptions, 'signal'> & { readonly token: string | undefined }): Record<string, string> {
  return {
    'encoding-type': 'url',
    'max-keys': String(page.limit),
    ...(page.prefix === '' ? {} : { prefix: page.prefix }),
    ...(page.startAfter === '' ? {} : { 'start-after': page.startAfter }),
    ...(page.token === undefined ? {} : { 'continuation-token': page.token }),
  };
}

/** @throws BridgeError retryable `source-bad-answer`, permanent `listing-undecodable` */
function readListedObject(listed: SdkObject): ListedObject {
  const key = decodeListed(listed.name ?? '');
  const etag = unquote(listed.etag ?? '');
  const lastModified = new Date(listed.lastModified ?? '');
  if (key === '') throw badAnswer(undefined, 'lists an object without a key');
  const fault = keyFault(key);
  if (fault !== undefined) throw impossibleKey(key, fault);
  if (!Number.isSafeInteger(listed.size) || listed.size < 0) throw badAnswer(key, 'lists it without a valid size');
  if (etag === '' || etag.length > ETAG_MAX_CHARACTERS) throw badAnswer(key, 'lists it without a valid ETag');
  if (Number.isNaN(lastModified.getTime())) throw badAnswer(key, 'lists it without a valid time');
  const { size: sizeBytes, storageClass = 'Standard', type = 'Normal' } = listed;
  return { key, sizeBytes, etag, lastModified, storageClass, type };
}

/**
 * A bare `+` is refused: whether it means itself or a space, OSS never says, and never sends one (its Java SDK reads it as a space, its
 * Python SDK as itself). A guess would turn an object into one that does not exist.
 */
function decodeListed(encoded: string): string {
  try {
    if (!encoded.includes('+')) return decodeURIComponent(encoded);
  } catch {
    // Not percent-encoded UTF-8: as below.
  }
  throw new BridgeError({
    kind: 'permanent',
    code: 'listing-undecodable',
    message: `The listing has ${quoteText(encoded)}, which is not percent-encoded UTF-8.`,
  });
}

function assertOrder(
  objects: readonly ListedObject[],
  { prefix, startAfter }: { prefix: string; startAfter: string },
): void {
  let previous = startAfter;
  for (const { key } of objects) {
    if (!key.startsWith(prefix) || compareUtf8(key, previous) <= 0) throw unordered(key, previous);
    previous = key;
  }
}

/** No message could name it, so that it would be lost; and OSS has no such key, so that the rest cannot be believed either. */
function impossibleKey(key: string, fault: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'listing-impossible-key',
    message: `The listing has a key that ${fault}: ${quoteText(key)}. Check that OSS_ENDPOINT is OSS itself.`,
    key,
  });
}

function endless(pages: number, startAfter: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'listing-endless',
    message: `${pages} pages of the listing in a row had no key, and each said that more follow, after ${quoteText(startAfter)}. If so many old versions lie there, remove them with a lifecycle rule; else check that OSS_ENDPOINT is OSS itself.`,
  });
}

function unordered(key: string, previous: string): BridgeError {
  return new BridgeError({
    kind: 'permanent',
    code: 'listing-unordered',
    message: `The listing is not in the order of UTF-8 bytes, or left its prefix: after ${quoteText(previous)} came ${quoteText(key)}. Nothing can be split or resumed by it. Check that OSS_ENDPOINT is OSS itself.`,
    key,
  });
}
