import { describe, expect, onTestFinished, test } from 'vitest';
import { copyLarge } from '../../../../aws-worker/transfer/copy-large.ts';
import { S3_MIN_PART_BYTES } from '../../../../aws-worker/transfer/plan-parts.ts';
import { copy, EMPTY, fixtureOf, THREE_PARTS } from './large-copy-fixture.ts';
import { createTransferFixture, error, KEY, LARGE, OTHER_LARGE } from './transfer-fixture.ts';

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
    {
      object,
      destinationKey: KEY,
      backfill: undefined,
      lookBeforeComplete: async () => EMPTY,
      onWrite: () => undefined,
      signal: work.signal,
    },
  );
  await expect(copying).rejects.toMatchObject({ kind: 'cancelled' });
  expect(fixture.context.memory.heldBytes).toBe(0);
  await copy(fixture);
  expect(fixture.destination.countOf('uploadPart')).toBe(4);
  await fixture.expectEqual();
  fixture.expectFreed();
});
