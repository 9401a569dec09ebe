import { describe, expect, test } from 'vitest';
import { createAbandonUpload } from '../../../../aws-worker/transfer/abandon-upload.ts';
import { recordOf } from '../../../../aws-worker/transfer/source-version.ts';
import type { UploadVersion } from '../../../../aws-worker/transfer/upload-checkpoints.ts';
import { endUpload } from '../../../../aws-worker/transfer/upload-row.ts';
import { sourceObject } from './objects.ts';
import { createTransferFixture, error, KEY, SIGNAL, type TransferFixture } from './transfer-fixture.ts';

const VERSION: UploadVersion = {
  sourceEtag: 'E',
  sourceLastModified: 'now',
  sizeBytes: 1,
  partSizeBytes: 1,
  descriptionHash: 'h',
};

function createUpload({ destination }: TransferFixture) {
  const description = {
    headers: {},
    metadata: {},
    tags: {},
    record: recordOf(sourceObject(), { backfill: undefined, crc32: undefined }),
  };
  return destination.createUpload({ key: KEY, description, signal: SIGNAL });
}

async function begin({ uploads }: TransferFixture, backfill?: string) {
  const row = await uploads.begin(KEY, VERSION, { backfill });
  if (row === undefined) throw new Error('there is a row already');
  return row;
}

describe('ending an upload', () => {
  test('ends the one that the row names, and says so; where there is none, it says that', async () => {
    const fixture = await createTransferFixture();
    const row = await begin(fixture);
    const upload = await createUpload(fixture);
    await fixture.uploads.setUploadId(row, upload.uploadId);
    expect(await endUpload(fixture.context, KEY, { signal: SIGNAL })).toBe(true);
    await fixture.expectNothingLeft();
    expect(await endUpload(fixture.context, KEY, { signal: SIGNAL })).toBe(false);
  });

  test('leaves another row than the one it means', async () => {
    const fixture = await createTransferFixture();
    const row = await begin(fixture);
    expect(await endUpload(fixture.context, KEY, { rowId: 'another', signal: SIGNAL })).toBe(false);
    expect(await fixture.uploads.find(KEY)).toEqual(row);
  });

  test.each(['before', 'after'] as const)(
    '%s the list is taken, its creator may yet create it: it is never left to nobody',
    async phase => {
      const fixture = await createTransferFixture();
      const row = await begin(fixture);
      fixture.destination[phase]('listUploads', async () => {
        const upload = await createUpload(fixture);
        if (await fixture.uploads.setUploadId(row, upload.uploadId)) return;
        await fixture.destination.abortUpload(upload, { signal: SIGNAL });
      });
      await endUpload(fixture.context, KEY, { signal: SIGNAL });
      await fixture.expectNothingLeft();
    },
  );

  test('ends the one that was named since the row was read', async () => {
    const fixture = await createTransferFixture();
    const row = await begin(fixture);
    fixture.uploadSteps.after('find', async ({ call }) => {
      if (call === 1) await fixture.uploads.setUploadId(row, (await createUpload(fixture)).uploadId);
    });
    expect(await endUpload(fixture.context, KEY, { signal: SIGNAL })).toBe(true);
    await fixture.expectNothingLeft();
  });

  test('is taken up by the next one, where it broke off', async () => {
    const fixture = await createTransferFixture();
    await begin(fixture);
    await createUpload(fixture);
    fixture.destination.before('abortUpload', ({ call }) => {
      if (call === 1) throw error('destination-throttled');
    });
    await expect(endUpload(fixture.context, KEY, { signal: SIGNAL })).rejects.toMatchObject({
      code: 'destination-throttled',
    });
    expect(await endUpload(fixture.context, KEY, { signal: SIGNAL })).toBe(true);
    await fixture.expectNothingLeft();
  });
});

describe('an object that is given up', () => {
  test('leaves no upload, by its source key', async () => {
    const fixture = await createTransferFixture({ settings: { sourcePrefix: 'in/' } });
    await begin(fixture);
    await createAbandonUpload(fixture.context)({ sourceKey: `in/${KEY}`, backfill: undefined });
    await fixture.expectNothingLeft();
  });

  test.each([
    ['its backfill', 'b1', 'b1', true],
    ['another backfill', 'b1', 'b2', false],
    ['a backfill, not by the live event', 'b1', undefined, false],
    ['a live event, not by the backfill', undefined, 'b1', false],
  ])('has its upload ended only where its own work began it: by %s', async (_, begunBy, backfill, isEnded) => {
    const fixture = await createTransferFixture();
    const row = await begin(fixture, begunBy);
    const { uploadId } = await createUpload(fixture);
    await fixture.uploads.setUploadId(row, uploadId);
    await createAbandonUpload(fixture.context)({ sourceKey: KEY, backfill });
    if (isEnded) return await fixture.expectNothingLeft();
    expect(await fixture.uploads.find(KEY)).toMatchObject({ uploadId });
    expect(await fixture.destination.listUploads(KEY, { signal: SIGNAL })).toHaveLength(1);
  });

  test('is given up also when its upload cannot be ended; the row still names it', async () => {
    const fixture = await createTransferFixture();
    await begin(fixture);
    fixture.destination.before('listUploads', () => {
      throw error('destination-throttled');
    });
    await createAbandonUpload(fixture.context)({ sourceKey: KEY, backfill: undefined });
    expect(fixture.lines('warn')).toHaveLength(1);
    expect(await fixture.uploads.find(KEY)).toBeDefined();
  });
});
