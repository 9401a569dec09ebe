import { describe, expect, test } from 'vitest';
import { metadataHash, recordOf } from '../../../../aws-worker/transfer/source-version.ts';
import { tidyUploads } from '../../../../aws-worker/transfer/tidy-uploads.ts';
import type { UploadCheckpoint } from '../../../../aws-worker/transfer/upload-checkpoints.ts';
import { endUpload } from '../../../../aws-worker/transfer/upload-row.ts';
import { createVirtualClock } from '../../../fakes/virtual-clock.ts';
import { sourceObject } from './objects.ts';
import { createTransferFixture, error, KEY, LARGE, OTHER_LARGE, SIGNAL, SMALL } from './transfer-fixture.ts';

const HOUR = 3_600_000;
const SETTLED = 181_000;

async function janitorFixture(options: Parameters<typeof createTransferFixture>[0] = {}) {
  const clock = createVirtualClock(Date.UTC(2026, 0, 2));
  const fixture = await createTransferFixture({ ...options, clock });
  const givenUp = new Set<string>();
  return {
    ...fixture,
    givenUp,
    passHours: (hours: number) => clock.advance(hours * HOUR),
    passMilliseconds: (milliseconds: number) => clock.advance(milliseconds),
    tidy: () => tidyUploads(fixture.context, { isGivenUp: async id => givenUp.has(id), signal: SIGNAL }),
    create: () => {
      const description = {
        headers: {},
        metadata: {},
        tags: {},
        record: recordOf(sourceObject(), { backfill: undefined, crc32: undefined }),
      };
      return fixture.destination.createUpload({ key: KEY, description, signal: SIGNAL });
    },
    /** A row as a worker leaves it that dies once the upload is created. */
    async leave(backfill?: string): Promise<UploadCheckpoint> {
      const row = await this.leaveUnnamed(backfill);
      const upload = await this.create();
      await fixture.uploads.setUploadId(row, upload.uploadId);
      return { ...row, uploadId: upload.uploadId };
    },
    async leaveUnnamed(backfill?: string): Promise<UploadCheckpoint> {
      const object = fixture.source.current(KEY)?.object ?? sourceObject();
      const version = {
        sourceEtag: object.etag,
        sourceLastModified: object.lastModified,
        sizeBytes: object.sizeBytes,
        partSizeBytes: 5,
        descriptionHash: metadataHash(object),
      };
      const row = await fixture.uploads.begin(KEY, version, { backfill });
      if (row === undefined) throw new Error('there is a row already');
      return row;
    },
    async expectLeftAlone(row: UploadCheckpoint) {
      expect(await fixture.uploads.find(KEY)).toMatchObject({ rowId: row.rowId });
      expect(fixture.destination.openUploads).toHaveLength(1);
    },
  };
}

describe('an upload that is idle for an hour', () => {
  test('is left alone while its object is still to be copied, and ended after a week', async () => {
    const fixture = await janitorFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    const row = await fixture.leave();
    await fixture.passHours(2);
    await fixture.tidy();
    await fixture.expectLeftAlone(row);
    await fixture.passHours(7 * 24);
    await fixture.tidy();
    await fixture.expectNothingLeft();
  });

  test.each([
    ['its object is gone', f => f.source.remove(KEY)],
    ['its object has other bytes now', f => f.source.write(KEY, { bytes: OTHER_LARGE })],
    ['its object was written again', f => f.source.write(KEY, { bytes: LARGE })],
    ['its object has other metadata now', f => f.source.updateMetadata(KEY, { changed: 'yes' })],
    ['its object is small now', f => f.source.write(KEY, { bytes: SMALL })],
    ['its backfill was given up', f => void f.givenUp.add('b1')],
  ] as const satisfies readonly (readonly [string, (f: Awaited<ReturnType<typeof janitorFixture>>) => void])[])(
    'is ended where %s',
    async (_, change) => {
      const fixture = await janitorFixture();
      fixture.source.write(KEY, { bytes: LARGE });
      await fixture.leave('b1');
      change(fixture);
      await fixture.tidy();
      expect(fixture.destination.openUploads).toHaveLength(1);
      await fixture.passHours(1.01);
      await fixture.tidy();
      await fixture.expectNothingLeft();
    },
  );

  test('is ended where another worker copied its object meanwhile', async () => {
    const fixture = await janitorFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    expect(await fixture.reconcile()).toMatchObject({ kind: 'copied' });
    await fixture.leave();
    await fixture.passHours(1.01);
    await fixture.tidy();
    await fixture.expectEqual();
  });

  test('is left alone where its key is of other prefixes than are configured', async () => {
    const fixture = await janitorFixture({ settings: { destinationPrefix: 'elsewhere/' } });
    const row = await fixture.leave();
    await fixture.passHours(2);
    await fixture.tidy();
    await fixture.expectLeftAlone(row);
  });

  test('is looked at again after a failure, which ends nothing else', async () => {
    const fixture = await janitorFixture();
    await fixture.leave();
    fixture.destination.before('abortUpload', ({ call }) => {
      if (call === 1) throw error('destination-throttled');
    });
    await fixture.passHours(1.01);
    await fixture.tidy();
    expect(fixture.lines('warn')).toHaveLength(1);
    expect(fixture.destination.openUploads).toHaveLength(1);
    await fixture.passHours(1.01);
    await fixture.tidy();
    await fixture.expectNothingLeft();
  });

  test('and was never named is ended, with what its Create made', async () => {
    const fixture = await janitorFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    await fixture.leaveUnnamed();
    await fixture.create();
    await fixture.passHours(1.01);
    await fixture.tidy();
    await fixture.expectNothingLeft();
  });
});

describe('an upload that no row names', () => {
  test('is not looked for among those that were begun long after its row was ended', async () => {
    const fixture = await janitorFixture();
    await fixture.leaveUnnamed();
    await endUpload(fixture.context, KEY, { signal: SIGNAL });
    await fixture.passHours(1);
    // Another deployment's, with a ledger of its own.
    const upload = await fixture.create();
    await fixture.tidy();
    expect(fixture.destination.openUploads).toEqual([upload]);
  });

  test('is found when its Create came through after its row was ended', async () => {
    const fixture = await janitorFixture();
    await fixture.leaveUnnamed();
    await endUpload(fixture.context, KEY, { signal: SIGNAL });
    await fixture.create();
    await fixture.passMilliseconds(SETTLED);
    await fixture.tidy();
    await fixture.expectNothingLeft();
  });

  test('is not mistaken for the one that the key has now', async () => {
    const fixture = await janitorFixture();
    await fixture.leaveUnnamed();
    await endUpload(fixture.context, KEY, { signal: SIGNAL });
    await fixture.create();
    const row = await fixture.leave();
    await fixture.passMilliseconds(SETTLED);
    await fixture.tidy();
    expect(fixture.destination.openUploads).toEqual([{ key: KEY, uploadId: row.uploadId }]);
  });

  test('is looked for later while the Create of a newer row is under way', async () => {
    const fixture = await janitorFixture();
    await fixture.leaveUnnamed();
    await endUpload(fixture.context, KEY, { signal: SIGNAL });
    const late = await fixture.create();
    const row = await fixture.leaveUnnamed();
    const upload = await fixture.create();
    await fixture.passMilliseconds(SETTLED);
    await fixture.tidy();
    expect(fixture.destination.openUploads).toEqual([late, upload]);
    await fixture.uploads.setUploadId(row, upload.uploadId);
    await fixture.passMilliseconds(SETTLED);
    await fixture.tidy();
    expect(fixture.destination.openUploads).toEqual([upload]);
  });

  test.each(['when the row is ended', 'when the janitor looks'])(
    "is never another tool's, one from before, or one that has parts: %s",
    async moment => {
      const fixture = await janitorFixture();
      const before = await fixture.create();
      await fixture.passHours(1);
      const row = await fixture.leaveUnnamed();
      const foreign = fixture.destination.createForeignUpload(KEY);
      const atWork = await fixture.create();
      const part = { upload: atWork, partNumber: 1, body: Buffer.alloc(0), crc32: 0, signal: SIGNAL };
      await fixture.destination.uploadPart(part);
      if (moment === 'when the row is ended') await endUpload(fixture.context, KEY, { signal: SIGNAL });
      else await fixture.uploads.retire(row);
      await fixture.passMilliseconds(SETTLED);
      await fixture.tidy();
      expect(fixture.destination.openUploads).toEqual([before, foreign, atWork]);
    },
  );
});

test('an upload whose parts are larger than this worker may hold is begun anew in its own part size', async () => {
  const fixture = await janitorFixture({ settings: { maxPartBytes: 16 * 1024 * 1024 } });
  fixture.source.write(KEY, { bytes: LARGE });
  const { object } = fixture.source.current(KEY) ?? { object: sourceObject() };
  const version = {
    sourceEtag: object.etag,
    sourceLastModified: object.lastModified,
    sizeBytes: object.sizeBytes,
    partSizeBytes: 32 * 1024 * 1024,
    descriptionHash: metadataHash(object),
  };
  const row = await fixture.uploads.begin(KEY, version);
  if (row === undefined) throw new Error('there is a row already');
  await fixture.uploads.setUploadId(row, (await fixture.create()).uploadId);
  expect(await fixture.reconcile()).toMatchObject({ kind: 'copied' });
  await fixture.expectEqual();
});
