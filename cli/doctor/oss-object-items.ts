// What the bucket holds, by a sample of its first objects, and how it is read.

import type { ListedObject } from '../../aws-worker/backfill/source-listing.ts';
import type { OpenedObject, SourceObject } from '../../aws-worker/transfer/object-source.ts';
import { BridgeError, hasCode } from '../../shared/bridge-error.ts';
import { KIBIBYTE } from '../../shared/limits.ts';
import { quoteText } from '../../shared/messages/quote-text.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, okUnless, skipped, warning } from './finding.ts';

export const OSS_OBJECT_ITEMS: readonly DoctorItem[] = [
  { id: 'oss-bucket', area: 'OSS', title: 'bucket', needs: ['oss-identity'], run: lookAtBucket },
  { id: 'oss-list', area: 'OSS', title: 'list', needs: ['oss-identity'], run: lookAtListing },
  { id: 'oss-objects', area: 'OSS', title: 'objects', needs: ['oss-list'], run: lookAtObjects },
  { id: 'oss-read', area: 'OSS', title: 'read', needs: ['oss-list'], run: lookAtReading },
  { id: 'oss-tags', area: 'OSS', title: 'tags', needs: ['oss-read'], run: lookAtTags },
];

/** They have to be restored before they can be read. https://www.alibabacloud.com/help/en/oss/user-guide/overview-53 */
const ARCHIVE_CLASSES = ['Archive', 'ColdArchive', 'DeepColdArchive'];
const FEW_BYTES = 4 * KIBIBYTE;

async function lookAtBucket({ storage, config }: DoctorContext, signal: AbortSignal): Promise<Finding> {
  try {
    const { isVersioned, isAccelerated, region, storageClass } = await storage.listing.bucketInfo({ signal });
    const warnings = isVersioned
      ? ['The bucket is versioned: only the current version of each object is copied, and delete markers are none.']
      : [];
    const acceleration = isAccelerated === undefined ? '' : `, transfer acceleration ${isAccelerated ? 'on' : 'off'}`;
    const facts = { region, storageClass, isVersioned, isAccelerated: isAccelerated ?? 'unknown' };
    return okUnless(warnings, `${config.oss.bucket} in ${region}, ${storageClass}${acceleration}.`, { facts });
  } catch (error) {
    if (!hasCode(error, 'source-access-denied')) throw error;
    return skipped('Not allowed to look: oss:GetBucketInfo, which only this line needs, would tell of versioning.');
  }
}

async function lookAtListing(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { objects, isTruncated } = await context.sample(signal);
  const { prefix } = context.config.oss;
  if (objects.length === 0) {
    return warning(`Listing works, and there is no object${prefix === '' ? '' : ` below ${quoteText(prefix)}`}.`, {
      advice: ['If there should be some: check OSS_BUCKET and OSS_PREFIX (no slash is added to a prefix).'],
    });
  }
  const facts = { objects: objects.length, isTruncated };
  return ok(`Listing works. Objects: ${objects.length}${isTruncated ? ', and more' : ''}.`, { facts });
}

async function lookAtObjects(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { objects } = await context.sample(signal);
  if (objects.length === 0) return skipped('There is no object.');
  return judgeSample(objects);
}

export function judgeSample(objects: readonly ListedObject[]): Finding {
  const classes = countBy(objects, ({ storageClass }) => storageClass);
  const types = countBy(objects, ({ type }) => type);
  const archived = objects.filter(isArchived).length;
  const percent = Math.ceil((archived * 100) / objects.length);
  const warnings =
    archived === 0
      ? []
      : [
          `${archived} of ${objects.length} (${percent} %) are in an archive class, and are counted as archived unless they have been restored. Restore them in OSS first; for the class Archive, real-time access of the bucket does, too.`,
        ];
  return okUnless(warnings, `Of the first ${objects.length}: ${inWords(classes)}; ${inWords(types)}.`, {
    facts: { archived, sampled: objects.length, classes: Object.keys(classes), types: Object.keys(types) },
  });
}

function countBy(objects: readonly ListedObject[], nameOf: (object: ListedObject) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const object of objects) counts[nameOf(object)] = (counts[nameOf(object)] ?? 0) + 1;
  return counts;
}

function inWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${quoteText(name).slice(1, -1)}`)
    .join(', ');
}

export function isArchived({ storageClass }: ListedObject): boolean {
  return ARCHIVE_CLASSES.includes(storageClass);
}

/** The largest that needs no restoring, of those sampled. */
export async function readableSample(context: DoctorContext, signal: AbortSignal): Promise<ListedObject | undefined> {
  const { objects } = await context.sample(signal);
  return objects.filter(object => !isArchived(object)).sort((a, b) => b.sizeBytes - a.sizeBytes)[0];
}

async function lookAtReading(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const sample = await readableSample(context, signal);
  if (sample === undefined) return skipped('Nothing was sampled that could be read.');
  const { source } = context.storage;
  const object = await source.head(sample.key, { signal });
  if (object === undefined) return warning(`${quoteText(sample.key)} is gone since it was listed; run it again.`);
  await readFewBytes(context, object, signal);
  const facts = { key: sample.key, sizeBytes: object.sizeBytes, hasCrc64: object.crc64 !== undefined };
  const what = `HEAD and ${object.sizeBytes === 0 ? 'GET' : 'ranged GET'} of ${quoteText(sample.key)}`;
  if (object.crc64 !== undefined) return ok(`${what}, with CRC-64.`, { facts });
  const proof = object.type === 'Normal' ? 'its MD5 ETag proves the copy' : 'it is copied and counted as unverified';
  return warning(`${what}; OSS keeps no CRC-64 of it (old or copied objects have none): ${proof}.`, { facts });
}

async function readFewBytes({ storage }: DoctorContext, object: SourceObject, signal: AbortSignal): Promise<void> {
  const { key, etag, sizeBytes } = object;
  const end = Math.min(sizeBytes, FEW_BYTES);
  const range = end === 0 ? {} : { range: { start: 0, end } };
  const opened = await storage.source.open(key, { signal, ifMatch: etag, ...range });
  if (opened === undefined) throw goneMidway(key);
  await readWhole(opened);
}

async function readWhole(opened: OpenedObject): Promise<void> {
  await opened.readInto(Buffer.alloc(opened.lengthBytes), () => {});
}

export function goneMidway(key: string): BridgeError {
  const message = `${quoteText(key)} was removed or overwritten while it was looked at. Run it again.`;
  return new BridgeError({ kind: 'retryable', code: 'source-changed', message, key });
}

async function lookAtTags(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  if (!context.config.copyTags) return skipped('COPY_TAGS is not set.');
  const sample = await readableSample(context, signal);
  if (sample === undefined) return skipped('Nothing was sampled that could be read.');
  const tags = await context.storage.source.tags(sample.key, { signal });
  if (tags === undefined) throw goneMidway(sample.key);
  return ok(`Tags can be read (${Object.keys(tags).length} on ${quoteText(sample.key)}).`);
}
