import { describe, expect, onTestFinished, test } from 'vitest';
import type { LargeCopied } from '../../../../aws-worker/transfer/copy-large.ts';
import { copyLarge } from '../../../../aws-worker/transfer/copy-large.ts';
import type { WriteCondition } from '../../../../aws-worker/transfer/object-destination.ts';
import { S3_MIN_PART_BYTES } from '../../../../aws-worker/transfer/plan-parts.ts';
import type { TransferSettings } from '../../../../aws-worker/transfer/transfer-context.ts';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import {
  createTransferFixture,
  error,
  KEY,
  LARGE,
  OTHER_LARGE,
  pattern,
  SIGNAL,
  type TransferFixture,
} from './transfer-fixture.ts';

const EMPTY: WriteCondition = { kind: 'empty' };
/** Three parts, the last one short. */
const THREE_PARTS = pattern(2 * S3_MIN_PART_BYTES + 1, 3);

interface Change {
  readonly settings?: Partial<TransferSettings>;
  readonly lookBeforeComplete?: () => Promise<WriteCondition>;
  readonly backfill?: string;
}

function copy({ context, source }: TransferFixture, change: Change = {}): Promise<LargeCopied> {
  const object = source.current(KEY)?.object;
  if (object === undefined) throw new Error('nothing to copy');
  const { settings, lookBeforeComplete = async () => EMPTY, backfill } = change;
  return copyLarge(
    { ...context, settings: { ...context.settings, ...settings } },
    { object, destinationKey: KEY, backfill, lookBeforeComplete, signal: SIGNAL },
  );
}

async function fixtureOf(bytes: Buffer): Promise<TransferFixture> {
  const fixture = await createTransferFixture();
  fixture.source.write(KEY, { bytes });
  return fixture;
}

/** A copy of THREE_PARTS that broke when two parts were checkpointed. */
async function brokenOff(): Promise<TransferFixture> {
  const fixture = await fixtureOf(THREE_PARTS);
  const broken = { ...fixture, context: { ...fixture.context, uploads: { ...fixture.uploads } } };
  broken.context.uploads.addPart = async (row, part) => {
    if (part.partNumber === 3) throw error('ledger-busy');
    return await fixture.uploads.addPart(row, part);
  };
  await expect(copy(broken, { settings: { maxConcurrentParts: 1 } })).rejects.toMatchObject({ code: 'ledger-busy' });
  return fixture;
}

describe('a large object', () => {
  test('is copied part by part, each read by its range, and becomes visible as a whole', async () => {
    const fixture = await fixtureOf(THREE_PARTS);
    fixture.destination.before('completeUpload', () => {
      expect(fixture.destination.stored(KEY)).toBeUndefined();
    });
    const { proof, etag, condition } = await copy(fixture);
    expect({ proof, condition }).toEqual({ proof: 'crc64', condition: EMPTY });
    expect(etag).toBe(fixture.destination.stored(KEY)?.etag);
    expect(fixture.source.countOf('open')).toBe(3);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('has at most as many parts in memory as it may have in flight', async () => {
    const fixture = await fixtureOf(THREE_PARTS);
    let most = 0;
    fixture.destination.before('uploadPart', () => {
      most = Math.max(most, fixture.context.memory.heldBytes);
    });
    await copy(fixture, { settings: { maxConcurrentParts: 2 } });
    expect(most).toBe(2 * S3_MIN_PART_BYTES);
  });

  test('writes its row before the upload is created, so that a lost answer leaves no upload to nobody', async () => {
    const fixture = await fixtureOf(LARGE);
    fixture.destination.before('createUpload', async () => {
      expect(await fixture.uploads.find(KEY)).toMatchObject({ uploadId: undefined });
    });
    fixture.destination.after('createUpload', () => {
      throw error('destination-unavailable');
    });
    await expect(copy(fixture)).rejects.toMatchObject({ code: 'destination-unavailable' });
    expect(fixture.destination.openUploads).toHaveLength(1);
    await expect(copy(fixture)).rejects.toMatchObject({ code: 'upload-superseded' });
    await fixture.expectNothingLeft();
    fixture.expectFreed();
  });

  test('without a CRC-64 is proven by its MD5, of which the parts are read in order', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: THREE_PARTS, hasCrc64: false });
    expect(await copy(fixture)).toMatchObject({ proof: 'md5' });
    expect(fixture.source.calls.filter(call => call !== 'head')).toEqual([
      'open',
      'read',
      'open',
      'read',
      'open',
      'read',
    ]);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('without any checksum is copied, and says that nothing proves it', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE, hasCrc64: false, type: 'Multipart' });
    expect(await copy(fixture)).toMatchObject({ proof: 'none' });
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test.each([true, false])(
    'is not completed when a byte was flipped on the way (CRC-64: %s), and the upload is ended',
    async hasCrc64 => {
      const fixture = await createTransferFixture();
      fixture.source.write(KEY, { bytes: LARGE, hasCrc64 });
      fixture.source.damageReads(1);
      await expect(copy(fixture)).rejects.toMatchObject({ code: 'source-checksum-mismatch' });
      expect(fixture.destination.stored(KEY)).toBeUndefined();
      await fixture.expectNothingLeft();
      fixture.expectFreed();
    },
  );

  test('is not completed when the look before says that it is of no use any more', async () => {
    const fixture = await fixtureOf(LARGE);
    const looked = copy(fixture, { lookBeforeComplete: () => Promise.reject(error('source-changed')) });
    await expect(looked).rejects.toMatchObject({ code: 'source-changed' });
    expect(fixture.destination.countOf('completeUpload')).toBe(0);
    await fixture.expectNothingLeft();
    fixture.expectFreed();
  });

  test('is refused by a condition that does not hold, and keeps its parts for the next round', async () => {
    const fixture = await fixtureOf(LARGE);
    fixture.destination.overwrite(KEY, OTHER_LARGE);
    await expect(copy(fixture)).rejects.toMatchObject({ code: 'destination-changed' });
    const etag = fixture.destination.stored(KEY)?.etag ?? '';
    await copy(fixture, { lookBeforeComplete: async () => ({ kind: 'etag', etag }) });
    expect(fixture.destination.countOf('uploadPart')).toBe(1);
    await fixture.expectEqual();
    fixture.expectFreed();
  });
});

describe('the next worker', () => {
  test('goes on where the first one broke off, and moves only what is missing', async () => {
    const fixture = await brokenOff();
    fixture.destination.before('uploadPart', ({ call }) => void expect(call).toBe(4));
    await copy(fixture);
    expect(fixture.destination.countOf('uploadPart')).toBe(4);
    expect(fixture.destination.countOf('createUpload')).toBe(1);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('goes on in the part size with which the upload was begun', async () => {
    const fixture = await brokenOff();
    await copy(fixture, { settings: { partSizeBytes: 7 * MEBIBYTE } });
    expect(fixture.destination.countOf('uploadPart')).toBe(4);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('goes on with what a live event began, though it works for a backfill', async () => {
    const fixture = await brokenOff();
    await copy(fixture, { backfill: 'b1' });
    expect(fixture.destination.countOf('createUpload')).toBe(1);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test.each(['another checksum', 'another length', 'nothing'])(
    'moves a part again of which ListParts shows %s',
    async shown => {
      const fixture = await brokenOff();
      const listParts: typeof fixture.destination.listParts = async (upload, options) => {
        const [first, ...others] = await fixture.destination.listParts(upload, options);
        if (first === undefined || shown === 'nothing') return others;
        const wrong = shown === 'another length' ? { sizeBytes: first.sizeBytes - 1 } : { crc32: 1 };
        return [{ ...first, ...wrong }, ...others];
      };
      const destination = { ...fixture.destination, listParts };
      await copy({ ...fixture, context: { ...fixture.context, destination } });
      expect(fixture.destination.countOf('uploadPart')).toBe(5);
      await fixture.expectEqual();
      fixture.expectFreed();
    },
  );

  test('moves every part again where the server reports no checksums', async () => {
    const fixture = await createTransferFixture({ destination: { listsChecksums: false } });
    fixture.source.write(KEY, { bytes: LARGE });
    const look = { lookBeforeComplete: () => Promise.reject(error('destination-changed')) };
    await expect(copy(fixture, look)).rejects.toMatchObject({ code: 'destination-changed' });
    await copy(fixture);
    expect(fixture.destination.countOf('uploadPart')).toBe(2);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('reads an object without CRC-64 again from its beginning', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE, hasCrc64: false });
    const look = { lookBeforeComplete: () => Promise.reject(error('destination-changed')) };
    await expect(copy(fixture, look)).rejects.toMatchObject({ code: 'destination-changed' });
    expect(await copy(fixture)).toMatchObject({ proof: 'md5' });
    expect(fixture.destination.countOf('uploadPart')).toBe(2);
  });

  test.each([
    ['other bytes', { bytes: OTHER_LARGE }],
    ['other metadata', { bytes: LARGE, metadata: { changed: 'yes' } }],
    ['the same bytes, written again', { bytes: LARGE }],
  ])('ends the upload of a version that is no more: the source has %s', async (_, content) => {
    const fixture = await fixtureOf(LARGE);
    const look = { lookBeforeComplete: () => Promise.reject(error('destination-changed')) };
    await expect(copy(fixture, look)).rejects.toMatchObject({ code: 'destination-changed' });
    fixture.source.write(KEY, content);
    await expect(copy(fixture)).rejects.toMatchObject({ code: 'upload-superseded' });
    await fixture.expectNothingLeft();
    fixture.expectFreed();
    await copy(fixture);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test.each(['destination-conflict', 'upload-part-invalid', 'upload-missing', 'destination-checksum-mismatch'])(
    'begins a new upload after %s at the completion',
    async code => {
      const fixture = await fixtureOf(LARGE);
      fixture.destination.before('completeUpload', ({ call }) => {
        if (call === 1) throw error(code);
      });
      await expect(copy(fixture)).rejects.toMatchObject({ code });
      await fixture.expectNothingLeft();
      fixture.expectFreed();
      await copy(fixture);
      expect(fixture.destination.countOf('createUpload')).toBe(2);
      await fixture.expectEqual();
      fixture.expectFreed();
    },
  );

  test('leaves a newer upload alone when its own is gone', async () => {
    const fixture = await fixtureOf(LARGE);
    let newer: { readonly key: string; readonly uploadId: string } | undefined;
    fixture.destination.before('completeUpload', async () => {
      // Another worker meets a new version, ends this upload and begins its own.
      const [row] = [await fixture.uploads.find(KEY)];
      if (row?.uploadId === undefined) throw new Error('no row');
      await fixture.destination.abortUpload({ key: KEY, uploadId: row.uploadId }, { signal: SIGNAL });
      await fixture.uploads.remove(row);
      const begun = await fixture.uploads.begin(KEY, { ...row.version, sourceEtag: 'newer' });
      const description = {
        headers: {},
        metadata: {},
        tags: {},
        record: { etag: '', lastModified: '', crc64: undefined, metadataHash: '', backfill: undefined },
      };
      newer = await fixture.destination.createUpload({ key: KEY, description, signal: SIGNAL });
      if (begun !== undefined) await fixture.uploads.setUploadId(begun, newer.uploadId);
    });
    await expect(copy(fixture)).rejects.toMatchObject({ code: 'upload-missing' });
    expect(fixture.destination.openUploads).toEqual([newer]);
    expect(await fixture.uploads.find(KEY)).toMatchObject({ version: { sourceEtag: 'newer' } });
  });
});

test('two workers that begin at once have one upload, and one of them looks again', async () => {
  const fixture = await fixtureOf(LARGE);
  const results = await Promise.allSettled([copy(fixture), copy(fixture)]);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'upload-superseded' });
  }
  expect(results.some(result => result.status === 'rejected')).toBe(true);
  expect(fixture.destination.openUploads.length).toBeLessThanOrEqual(1);
});

test('an abort stops the parts, frees the memory, and leaves the upload for others to go on with', async () => {
  const fixture = await fixtureOf(THREE_PARTS);
  const work = new AbortController();
  onTestFinished(() => work.abort());
  fixture.destination.before('uploadPart', ({ call }) => {
    if (call === 2) work.abort();
  });
  const object = fixture.source.current(KEY)?.object;
  if (object === undefined) throw new Error('nothing to copy');
  const copying = copyLarge(
    { ...fixture.context, settings: { ...fixture.context.settings, maxConcurrentParts: 1 } },
    { object, destinationKey: KEY, backfill: undefined, lookBeforeComplete: async () => EMPTY, signal: work.signal },
  );
  await expect(copying).rejects.toMatchObject({ kind: 'cancelled' });
  expect(fixture.context.memory.heldBytes).toBe(0);
  await copy(fixture);
  expect(fixture.destination.countOf('uploadPart')).toBe(4);
  await fixture.expectEqual();
  fixture.expectFreed();
});
