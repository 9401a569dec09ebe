import { describe, expect, test } from 'vitest';
import {
  createTransferFixture,
  KEY,
  LARGE,
  OTHER,
  PART_BYTES,
  pattern,
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
    expect(await reconcile(request)).toEqual({ kind: 'copied', sizeBytes: SMALL.length, isWritten: true });
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
    expect(await fixture.reconcile(BACKFILL)).toEqual({ ...unverified, isWritten: true });
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

test('objects of exactly one part go in one request, one byte more in parts', async () => {
  const fixture = await createTransferFixture();
  fixture.source.write('one', { bytes: pattern(PART_BYTES, 1) });
  fixture.source.write('more', { bytes: pattern(PART_BYTES + 1, 1) });
  await fixture.reconcile({ key: 'one' });
  expect(fixture.destination.countOf('put')).toBe(1);
  await fixture.reconcile({ key: 'more' });
  expect(fixture.destination.countOf('completeUpload')).toBe(1);
});
