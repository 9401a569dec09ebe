import { describe, expect, test } from 'vitest';
import { S3_MIN_PART_BYTES } from '../../../../aws-worker/transfer/plan-parts.ts';
import {
  createTransferFixture,
  KEY,
  LARGE,
  OTHER,
  OTHER_LARGE,
  pattern,
  SMALL,
  type TransferFixture,
} from './transfer-fixture.ts';

/** The destination has a copy of the source as it is now, made for `backfill`. */
async function alreadyCopied({ reconcile }: TransferFixture, backfill?: string): Promise<void> {
  await reconcile({ mode: backfill === undefined ? 'live' : 'missing', backfill });
}

describe('a source that changes', () => {
  test('between the look and the read is copied as it is read', async () => {
    const fixture = await createTransferFixture();
    fixture.destination.overwrite(KEY, OTHER);
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.source.after('head', ({ call }) => {
      if (call === 1) fixture.source.write(KEY, { bytes: Buffer.from('newer') });
    });
    expect(await fixture.reconcile()).toEqual({ kind: 'copied', sizeBytes: 5, isWritten: true });
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
    // Written, its upload fenced, and found equal by the look after that.
    expect(await fixture.reconcile({ sizeHintBytes: 1 })).toMatchObject({ kind: 'skipped' });
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
    expect(await fixture.reconcile()).toEqual({ kind: 'copied', sizeBytes: LARGE.length + 4, isWritten: true });
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
