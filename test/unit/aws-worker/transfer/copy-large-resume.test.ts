import { describe, expect, test } from 'vitest';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import { brokenOff, copy, fixtureOf } from './large-copy-fixture.ts';
import { createTransferFixture, error, KEY, LARGE, OTHER_LARGE, SIGNAL } from './transfer-fixture.ts';

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
        record: {
          etag: '',
          lastModified: '',
          crc64: undefined,
          crc32: undefined,
          metadataHash: '',
          backfill: undefined,
        },
      };
      newer = await fixture.destination.createUpload({ key: KEY, description, signal: SIGNAL });
      if (begun !== undefined) await fixture.uploads.setUploadId(begun, newer.uploadId);
    });
    await expect(copy(fixture)).rejects.toMatchObject({ code: 'upload-missing' });
    expect(fixture.destination.openUploads).toEqual([newer]);
    expect(await fixture.uploads.find(KEY)).toMatchObject({ version: { sourceEtag: 'newer' } });
  });
});
