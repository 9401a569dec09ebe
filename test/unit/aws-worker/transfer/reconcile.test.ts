import { describe, expect, test } from 'vitest';
import { S3_MIN_PART_BYTES } from '../../../../aws-worker/transfer/plan-parts.ts';
import { recordOf } from '../../../../aws-worker/transfer/source-version.ts';
import { crc32 } from '../../../../shared/checksums/crc32.ts';
import {
  createTransferFixture,
  error,
  KEY,
  LARGE,
  OTHER,
  OTHER_LARGE,
  PART_BYTES,
  pattern,
  SIGNAL,
  SMALL,
  type TransferFixture,
} from './transfer-fixture.ts';

const BACKFILL = { mode: 'missing', backfill: 'b1' } as const;

/** The destination has a copy of the source as it is now, made for `backfill`. */
async function alreadyCopied({ reconcile }: TransferFixture, backfill?: string): Promise<void> {
  await reconcile({ mode: backfill === undefined ? 'live' : 'missing', backfill });
}

describe('what it costs', () => {
  test.each([
    ['a small live object that is new', { sizeHintBytes: SMALL.length }],
    [
      'an object of a backfill where the lister saw nothing',
      { ...BACKFILL, sizeHintBytes: 9, isDestinationEmpty: true },
    ],
  ])('%s: one GET, one PUT, nothing of the ledger', async (_, request) => {
    const { source, destination, uploadSteps, reconcile, expectEqual } = await createTransferFixture();
    source.write(KEY, { bytes: SMALL });
    expect(await reconcile(request)).toEqual({ kind: 'copied', sizeBytes: SMALL.length });
    expect([source.calls, destination.calls, uploadSteps.calls]).toEqual([['open', 'read'], ['put'], []]);
    await expectEqual();
  });

  test('an object that is equal already: a look at each side', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    await alreadyCopied(fixture);
    const before = fixture.source.calls.length;
    expect(await fixture.reconcile({ ...BACKFILL, sizeHintBytes: SMALL.length })).toEqual({
      kind: 'skipped',
      sizeBytes: SMALL.length,
    });
    expect(fixture.source.calls.slice(before)).toEqual(['head']);
    expect(fixture.destination.countOf('put')).toBe(1);
  });

  test('a large object that is there already: looks, and not one byte, though a lister saw nothing', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    await alreadyCopied(fixture, 'b1');
    const request = { ...BACKFILL, isDestinationEmpty: true, sizeHintBytes: LARGE.length };
    expect(await fixture.reconcile(request)).toEqual({ kind: 'copied', sizeBytes: LARGE.length });
    expect(fixture.destination.countOf('createUpload')).toBe(1);
    expect(fixture.source.countOf('read')).toBe(1);
  });
});

describe('a key ends as', () => {
  test('copied, over what was there', async () => {
    const fixture = await createTransferFixture();
    fixture.destination.overwrite(KEY, OTHER);
    fixture.source.write(KEY, { bytes: SMALL });
    expect(await fixture.reconcile({ sizeHintBytes: SMALL.length })).toMatchObject({ kind: 'copied' });
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('copied, when only its metadata changed', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    await alreadyCopied(fixture);
    fixture.source.updateMetadata(KEY, { owner: 'new' });
    expect(await fixture.reconcile()).toMatchObject({ kind: 'copied' });
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('skipped, where another tool wrote the same bytes', async () => {
    const fixture = await createTransferFixture();
    fixture.destination.overwrite(KEY, SMALL);
    fixture.source.write(KEY, { bytes: SMALL });
    expect(await fixture.reconcile({ sizeHintBytes: SMALL.length })).toMatchObject({ kind: 'skipped' });
  });

  test('copied, also when a crashed try of the same backfill had copied it', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    await alreadyCopied(fixture, 'b1');
    expect(await fixture.reconcile(BACKFILL)).toMatchObject({ kind: 'copied' });
    expect(await fixture.reconcile({ ...BACKFILL, backfill: 'b2' })).toMatchObject({ kind: 'skipped' });
    expect(fixture.destination.countOf('put')).toBe(1);
  });

  test('unverified, where nothing proves it: the first time and after a crash', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL, hasCrc64: false, type: 'Multipart' });
    const unverified = { kind: 'unverified', sizeBytes: SMALL.length, code: 'no-source-checksum' };
    expect(await fixture.reconcile(BACKFILL)).toEqual(unverified);
    expect(await fixture.reconcile(BACKFILL)).toEqual(unverified);
    expect(fixture.destination.countOf('put')).toBe(1);
  });

  test('copied once more by a backfill of mode all, and only once', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    await alreadyCopied(fixture);
    const all = { mode: 'all', backfill: 'b1' } as const;
    expect(await fixture.reconcile(all)).toMatchObject({ kind: 'copied' });
    expect(await fixture.reconcile(all)).toMatchObject({ kind: 'copied' });
    expect(fixture.destination.countOf('put')).toBe(2);
  });

  test('source-missing, and the destination stays as it is', async () => {
    const fixture = await createTransferFixture();
    fixture.destination.overwrite(KEY, OTHER);
    expect(await fixture.reconcile({ sizeHintBytes: 5 })).toEqual({ kind: 'source-missing', sizeBytes: 0 });
    expect(fixture.destination.stored(KEY)?.bytes).toEqual(OTHER);
  });

  test.each([
    ['small', SMALL],
    ['large', LARGE],
  ])('archived, when a %s object cannot be read', async (_, bytes) => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes, storageClass: 'ColdArchive' });
    const outcome = { kind: 'archived', sizeBytes: bytes.length, code: 'source-archived' };
    expect(await fixture.reconcile({ sizeHintBytes: bytes.length })).toEqual(outcome);
    await fixture.expectNothingLeft();
    fixture.expectFreed();
  });

  test('skipped, when it was archived after it had been copied', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    await alreadyCopied(fixture);
    fixture.source.write(KEY, { bytes: SMALL, storageClass: 'Archive' });
    expect(await fixture.reconcile()).toMatchObject({ kind: 'skipped' });
  });
});

describe('the destination key', () => {
  test('has S3_PREFIX in place of OSS_PREFIX', async () => {
    const settings = { sourcePrefix: 'in/', destinationPrefix: 'out/' };
    const fixture = await createTransferFixture({ settings });
    fixture.source.write('in/a', { bytes: SMALL });
    await fixture.reconcile({ key: 'in/a' });
    expect(fixture.destination.stored('out/a')?.bytes).toEqual(SMALL);
  });

  test('is refused before anything is asked of either side, where OSS_PREFIX does not begin the key', async () => {
    const fixture = await createTransferFixture({ settings: { sourcePrefix: 'in/' } });
    await expect(fixture.reconcile({ key: 'other/a' })).rejects.toMatchObject({ code: 'key-outside-prefix' });
    expect([...fixture.source.calls, ...fixture.destination.calls]).toEqual([]);
  });
});

describe('a source that changes', () => {
  test('between the look and the read is copied as it is read', async () => {
    const fixture = await createTransferFixture();
    fixture.destination.overwrite(KEY, OTHER);
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.source.after('head', ({ call }) => {
      if (call === 1) fixture.source.write(KEY, { bytes: Buffer.from('newer') });
    });
    expect(await fixture.reconcile()).toEqual({ kind: 'copied', sizeBytes: 5 });
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('to what the destination has, between the look and the read, needs no write', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: OTHER });
    await alreadyCopied(fixture);
    fixture.source.write(KEY, { bytes: SMALL });
    const heads = fixture.source.countOf('head');
    fixture.source.after('head', ({ call }) => {
      if (call === heads + 1) fixture.source.write(KEY, { bytes: OTHER });
    });
    expect(await fixture.reconcile()).toMatchObject({ kind: 'skipped' });
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('after the write that replaced something is copied again before the message is done', async () => {
    const fixture = await createTransferFixture();
    fixture.destination.overwrite(KEY, OTHER);
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.destination.after('put', ({ call }) => {
      if (call === 1) fixture.source.updateMetadata(KEY, { owner: 'changed' });
    });
    await fixture.reconcile();
    expect(fixture.destination.countOf('put')).toBe(2);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('and vanishes after the write is missing', async () => {
    const fixture = await createTransferFixture();
    fixture.destination.overwrite(KEY, OTHER);
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.destination.after('put', () => fixture.source.remove(KEY));
    expect(await fixture.reconcile()).toMatchObject({ kind: 'source-missing' });
  });

  test('between two parts begins again with the new version', async () => {
    const fixture = await createTransferFixture({ settings: { maxConcurrentParts: 1 } });
    fixture.source.write(KEY, { bytes: pattern(S3_MIN_PART_BYTES + 1, 5) });
    fixture.destination.after('uploadPart', ({ call }) => {
      if (call === 1) fixture.source.write(KEY, { bytes: pattern(S3_MIN_PART_BYTES + 7, 6) });
    });
    expect(await fixture.reconcile()).toMatchObject({ kind: 'copied' });
    // No byte of the new version was read for the old one: reads are pinned.
    expect(fixture.destination.countOf('uploadPart')).toBe(3);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('to a small one, when another tool has kept its upload from being completed, leaves no upload', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    fixture.destination.before('completeUpload', () => {
      fixture.destination.overwrite(KEY, OTHER_LARGE);
      fixture.source.write(KEY, { bytes: SMALL });
    });
    expect(await fixture.reconcile({ sizeHintBytes: 1 })).toMatchObject({ kind: 'copied' });
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test.each([
    ['other bytes', () => ({ bytes: OTHER_LARGE })],
    ['other metadata', () => ({ bytes: LARGE, metadata: { a: 'b' } })],
    ['a small object', () => ({ bytes: SMALL })],
  ])('just before Complete, to %s, is not completed in its old version', async (_, content) => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    fixture.destination.after('uploadPart', ({ call }) => {
      if (call === 1) fixture.source.write(KEY, content());
    });
    expect(await fixture.reconcile({ sizeHintBytes: 1 })).toMatchObject({ kind: 'copied' });
    expect(fixture.destination.countOf('completeUpload')).toBeLessThanOrEqual(1);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('and vanishes while it is uploaded leaves no upload', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    fixture.destination.after('uploadPart', () => fixture.source.remove(KEY));
    expect(await fixture.reconcile()).toMatchObject({ kind: 'source-missing' });
    await fixture.expectNothingLeft();
    fixture.expectFreed();
  });

  test('every time is given back for later, after a bounded number of rounds', async () => {
    const fixture = await createTransferFixture({ settings: { maxRounds: 3 } });
    fixture.destination.overwrite(KEY, OTHER);
    let version = 0;
    const change = () => {
      version += 1;
      fixture.source.write(KEY, { bytes: Buffer.from(`version ${version}`) });
    };
    change();
    fixture.destination.after('put', change);
    await expect(fixture.reconcile()).rejects.toMatchObject({ kind: 'retryable', code: 'source-keeps-changing' });
    expect(fixture.destination.countOf('put')).toBe(3);
  });
});

describe('an object that only grows', () => {
  test('is uploaded as it was at the look, then once more as it is at the end', async () => {
    const fixture = await createTransferFixture({ settings: { maxConcurrentParts: 1 } });
    fixture.source.write(KEY, { bytes: LARGE, type: 'Appendable' });
    const completed: number[] = [];
    fixture.destination.after('uploadPart', ({ call }) => {
      if (call === 1) fixture.source.append(KEY, Buffer.from('more'));
    });
    fixture.destination.after('completeUpload', () => {
      completed.push(fixture.destination.stored(KEY)?.bytes.length ?? 0);
    });
    expect(await fixture.reconcile()).toEqual({ kind: 'copied', sizeBytes: LARGE.length + 4 });
    expect(completed).toEqual([LARGE.length, LARGE.length + 4]);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('but was replaced by a longer one meanwhile is never a mixture of both', async () => {
    const fixture = await createTransferFixture({ settings: { maxConcurrentParts: 1 } });
    fixture.source.write(KEY, { bytes: pattern(S3_MIN_PART_BYTES + 1, 5), type: 'Appendable' });
    fixture.destination.after('uploadPart', ({ call }) => {
      if (call === 1) fixture.source.write(KEY, { bytes: pattern(S3_MIN_PART_BYTES + 9, 6), type: 'Appendable' });
    });
    await fixture.reconcile();
    expect(fixture.destination.countOf('completeUpload')).toBe(1);
    await fixture.expectEqual();
    fixture.expectFreed();
  });
});

describe('a write of which nobody knows whether it took place', () => {
  const lost = error('destination-unknown');

  test.each([
    ['a new object', undefined],
    ['an object that is replaced', OTHER],
  ])('of %s: it took place, and counts as copied', async (_, there) => {
    const fixture = await createTransferFixture();
    if (there !== undefined) fixture.destination.overwrite(KEY, there);
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.destination.after('put', () => {
      throw lost;
    });
    expect(await fixture.reconcile(BACKFILL)).toMatchObject({ kind: 'copied' });
    expect(fixture.destination.countOf('put')).toBe(1);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('of an object that did not take place is made again', async () => {
    const fixture = await createTransferFixture();
    fixture.destination.overwrite(KEY, OTHER);
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.destination.before('put', ({ call }) => {
      if (call === 1) throw lost;
    });
    expect(await fixture.reconcile()).toMatchObject({ kind: 'copied' });
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test.each([
    ['the bytes', { bytes: SMALL }],
    ['the bytes with other metadata', { bytes: SMALL, metadata: { again: 'yes' } }],
  ])('is waited for where it could still replace what is right by now: %s came back', async (_, cameBack) => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    await alreadyCopied(fixture);
    fixture.source.write(KEY, { bytes: OTHER });
    const etag = fixture.destination.stored(KEY)?.etag ?? '';
    const puts = fixture.destination.countOf('put');
    fixture.destination.before('put', ({ call }) => {
      if (call > puts + 1) return;
      fixture.source.write(KEY, cameBack);
      throw lost;
    });
    await expect(fixture.reconcile()).rejects.toMatchObject({
      kind: 'retryable',
      code: 'destination-in-doubt',
      retryAfterMilliseconds: 180_000,
    });
    // The write that was given up arrives after all looks were taken.
    expect(fixture.destination.stored(KEY)?.etag).toBe(etag);
    fixture.destination.overwrite(KEY, OTHER);
    await fixture.reconcile();
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('of an upload that was completed: the next round finds it, and leaves nothing behind', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    fixture.destination.after('completeUpload', () => {
      throw lost;
    });
    expect(await fixture.reconcile(BACKFILL)).toMatchObject({ kind: 'copied' });
    expect(fixture.destination.countOf('createUpload')).toBe(1);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('of an upload that was not completed: the next round completes it without moving a byte', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    fixture.destination.before('completeUpload', ({ call }) => {
      if (call === 1) throw lost;
    });
    expect(await fixture.reconcile()).toMatchObject({ kind: 'copied' });
    expect(fixture.destination.countOf('uploadPart')).toBe(1);
    await fixture.expectEqual();
    fixture.expectFreed();
  });
});

describe('A, then B, then A again', () => {
  test.each([true, false])(
    'by a quicker worker, at the source and the destination (MD5 ETags: %s)',
    async hasMd5Etags => {
      const fixture = await createTransferFixture({ destination: { hasMd5Etags } });
      const quicker = fixture.reconcile;
      fixture.source.write(KEY, { bytes: OTHER });
      await quicker();
      fixture.source.write(KEY, { bytes: SMALL });
      const puts = fixture.destination.countOf('put');
      // This worker holds SMALL. Before its PUT leaves: SMALL is copied, and OTHER is back at both sides.
      fixture.destination.before('put', async ({ call }) => {
        if (call !== puts + 1) return;
        await quicker();
        fixture.source.write(KEY, { bytes: OTHER });
        await quicker();
      });
      await fixture.reconcile();
      await fixture.expectEqual();
      fixture.expectFreed();
    },
  );
});

describe('failures', () => {
  test('of the object itself end its upload', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    fixture.destination.before('uploadPart', () => {
      throw error('destination-access-denied', 'permanent');
    });
    await expect(fixture.reconcile()).rejects.toMatchObject({ code: 'destination-access-denied' });
    await fixture.expectNothingLeft();
    fixture.expectFreed();
  });

  test('of the object itself come first, also when the upload cannot be ended', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    for (const operation of ['uploadPart', 'abortUpload'] as const) {
      fixture.destination.before(operation, () => {
        throw error(`no-${operation}`, 'permanent');
      });
    }
    await expect(fixture.reconcile()).rejects.toMatchObject({ code: 'no-uploadPart' });
    expect(fixture.lines('warn')).toEqual([expect.stringContaining('no-abortUpload')]);
    expect(await fixture.uploads.find(KEY)).toBeDefined();
  });

  test.each([
    error('source-credentials', 'permanent'),
    error('destination-credentials', 'permanent'),
    error('source-throttled'),
    error('source-read-broken'),
  ])('that pass, or that meet every object ($code), keep what was uploaded', async failure => {
    const fixture = await createTransferFixture({ settings: { maxConcurrentParts: 1 } });
    fixture.source.write(KEY, { bytes: pattern(S3_MIN_PART_BYTES + 1, 5) });
    fixture.source.before('open', ({ call }) => {
      if (call === 3) throw failure;
    });
    await expect(fixture.reconcile()).rejects.toBe(failure);
    await fixture.reconcile();
    expect(fixture.destination.countOf('uploadPart')).toBe(2);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test.each([SMALL, LARGE])('by a damaged read are named so, after a bounded number of rounds (%#)', async bytes => {
    const fixture = await createTransferFixture({ settings: { maxRounds: 3 } });
    fixture.source.write(KEY, { bytes });
    fixture.source.damageReads(1_000);
    await expect(fixture.reconcile()).rejects.toMatchObject({ code: 'source-checksum-mismatch' });
    expect(fixture.source.countOf('read')).toBe(3);
    expect(fixture.destination.stored(KEY)).toBeUndefined();
    await fixture.expectNothingLeft();
    fixture.expectFreed();
  });

  test.each([SMALL, LARGE])('by one damaged read heal (%#)', async bytes => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes });
    fixture.source.damageReads(1);
    expect(await fixture.reconcile()).toMatchObject({ kind: 'copied' });
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test.each(['destination-conflict', 'destination-checksum-mismatch'])(
    'by %s at the PUT are tried again',
    async code => {
      const fixture = await createTransferFixture();
      fixture.source.write(KEY, { bytes: SMALL });
      fixture.destination.before('put', ({ call }) => {
        if (call === 1) throw error(code);
      });
      expect(await fixture.reconcile()).toMatchObject({ kind: 'copied' });
      await fixture.expectEqual();
      fixture.expectFreed();
    },
  );

  test('by a destination that is never as it was seen are given back', async () => {
    const fixture = await createTransferFixture({ settings: { maxRounds: 3 } });
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.destination.before('put', ({ call }) => fixture.destination.overwrite(KEY, Buffer.from(`other ${call}`)));
    await expect(fixture.reconcile()).rejects.toMatchObject({ kind: 'retryable', code: 'destination-changed' });
  });
});

describe('an upload that somebody left behind', () => {
  async function leaveUpload(fixture: TransferFixture): Promise<void> {
    fixture.source.write(KEY, { bytes: LARGE });
    fixture.destination.before('completeUpload', ({ call }) => {
      if (call === 1) throw error('destination-throttled');
    });
    await expect(fixture.reconcile()).rejects.toMatchObject({ code: 'destination-throttled' });
    expect(fixture.destination.openUploads).toHaveLength(1);
  }

  test.each([
    ['is small now', (fixture: TransferFixture) => fixture.source.write(KEY, { bytes: SMALL })],
    ['is gone', (fixture: TransferFixture) => fixture.source.remove(KEY)],
    [
      'is archived now',
      (fixture: TransferFixture) => fixture.source.write(KEY, { bytes: OTHER, storageClass: 'Archive' }),
    ],
    ['is another large one', (fixture: TransferFixture) => fixture.source.write(KEY, { bytes: OTHER_LARGE })],
    ['is the same', () => undefined],
  ])('is ended or completed where the object %s', async (_, change) => {
    const fixture = await createTransferFixture();
    await leaveUpload(fixture);
    change(fixture);
    await fixture.reconcile({ sizeHintBytes: LARGE.length });
    await fixture.expectNothingLeft();
    fixture.expectFreed();
  });

  test('is ended where another worker completed the object, and then both sides are looked at again', async () => {
    const fixture = await createTransferFixture();
    await leaveUpload(fixture);
    const object = fixture.source.current(KEY)?.object;
    if (object === undefined) throw new Error('no object');
    fixture.destination.remove(KEY);
    const description = { headers: {}, metadata: {}, tags: {}, record: recordOf(object, undefined) };
    await fixture.destination.put({
      key: KEY,
      body: LARGE,
      crc32: crc32(LARGE),
      condition: { kind: 'empty' },
      description,
      signal: SIGNAL,
    });
    const heads = fixture.destination.countOf('head');
    expect(await fixture.reconcile({ sizeHintBytes: LARGE.length })).toMatchObject({ kind: 'skipped' });
    expect(fixture.destination.countOf('head')).toBe(heads + 2);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('is found by listing, where the answer of its creation was lost', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    fixture.destination.after('createUpload', ({ call }) => {
      if (call === 1) throw error('destination-unavailable');
    });
    await expect(fixture.reconcile()).rejects.toMatchObject({ code: 'destination-unavailable' });
    await fixture.reconcile();
    expect(fixture.destination.countOf('listUploads')).toBe(1);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('is gone: a lifecycle rule was quicker, and the object is uploaded anew', async () => {
    const fixture = await createTransferFixture();
    await leaveUpload(fixture);
    fixture.destination.dropUploads();
    expect(await fixture.reconcile()).toMatchObject({ kind: 'copied' });
    await fixture.expectEqual();
    fixture.expectFreed();
  });
});

test('an abort ends the work as cancelled and frees what it held', async () => {
  const fixture = await createTransferFixture();
  fixture.source.write(KEY, { bytes: SMALL });
  const work = new AbortController();
  fixture.destination.before('put', () => work.abort());
  await expect(fixture.reconcile({}, work.signal)).rejects.toMatchObject({ kind: 'cancelled' });
  await fixture.expectNothingLeft();
  fixture.expectFreed();
});

test('an abort while it waits for the next round ends it with the reason of the abort', async () => {
  const fixture = await createTransferFixture({ settings: { roundBackoffMilliseconds: 60_000 } });
  fixture.source.write(KEY, { bytes: SMALL });
  const work = new AbortController();
  fixture.destination.before('put', () => {
    setImmediate(() => work.abort(error('receipt-lost', 'cancelled')));
    throw error('destination-conflict');
  });
  await expect(fixture.reconcile({}, work.signal)).rejects.toMatchObject({ code: 'receipt-lost' });
});

test('objects of exactly one part go in one request, one byte more in parts', async () => {
  const fixture = await createTransferFixture();
  fixture.source.write('one', { bytes: pattern(PART_BYTES, 1) });
  fixture.source.write('more', { bytes: pattern(PART_BYTES + 1, 1) });
  await fixture.reconcile({ key: 'one' });
  expect(fixture.destination.countOf('put')).toBe(1);
  await fixture.reconcile({ key: 'more' });
  expect(fixture.destination.countOf('completeUpload')).toBe(1);
});
