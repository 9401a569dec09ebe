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
    error('source-bad-answer'),
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

  test.each([
    ['a small object', SMALL, 3],
    ['a large object, all of which is moved each time,', LARGE, 2],
  ])('by a damaged read of %s are named so, after a bounded number of rounds', async (_, bytes, reads) => {
    const fixture = await createTransferFixture({ settings: { maxRounds: 3 } });
    fixture.source.write(KEY, { bytes });
    fixture.source.damageReads(1_000);
    await expect(fixture.reconcile()).rejects.toMatchObject({ code: 'source-checksum-mismatch' });
    expect(fixture.source.countOf('read')).toBe(reads);
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
    const description = {
      headers: {},
      metadata: {},
      tags: {},
      record: recordOf(object, { backfill: undefined, crc32: undefined }),
    };
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

test.each([
  ['destination-conflict', 'receipt-lost'],
  ['destination-unknown', 'write-in-doubt'],
])('an abort while it waits for the next round, after %s, ends it at once with %s', async (code, ended) => {
  const fixture = await createTransferFixture({ settings: { roundBackoffMilliseconds: 60_000 } });
  fixture.source.write(KEY, { bytes: SMALL });
  const work = new AbortController();
  fixture.destination.before('put', () => {
    setImmediate(() => work.abort(error('receipt-lost', 'cancelled')));
    throw error(code);
  });
  await expect(fixture.reconcile({}, work.signal)).rejects.toMatchObject({ code: ended });
});

describe('a destination that says it stored other bytes', () => {
  test('is written again, though what it stored carries our record', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.destination.after('put', ({ call }) => {
      if (call === 1) throw error('destination-stored-other-bytes');
    });
    expect(await fixture.reconcile()).toMatchObject({ kind: 'copied' });
    expect(fixture.destination.countOf('put')).toBe(2);
  });

  test('try after try, fails for good', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.destination.after('put', () => {
      throw error('destination-stored-other-bytes');
    });
    const failed = { kind: 'permanent', code: 'destination-stored-other-bytes' };
    await expect(fixture.reconcile()).rejects.toMatchObject(failed);
  });

  const corrupted = (fixture: TransferFixture) => {
    const stored = fixture.destination.stored(KEY);
    if (stored !== undefined) stored.bytes[0] = (stored.bytes[0] ?? 0) ^ 1;
    return error('destination-stored-other-bytes');
  };

  test.each(['live', 'missing'] as const)('is not taken for a copy by whoever looks later: %s', async mode => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    let isMended = false;
    fixture.destination.after('put', () => {
      if (!isMended) throw corrupted(fixture);
    });
    const request = { mode, backfill: mode === 'live' ? undefined : 'b1' };
    await expect(fixture.reconcile(request)).rejects.toMatchObject({ code: 'destination-stored-other-bytes' });
    isMended = true;
    expect(await fixture.reconcile(request)).toMatchObject({ kind: 'copied', isWritten: true });
    await fixture.expectEqual();
  });

  test('and is not taken for a copy where the worker was stopped before it could write again', async () => {
    const fixture = await createTransferFixture({ settings: { roundBackoffMilliseconds: 60_000 } });
    fixture.source.write(KEY, { bytes: SMALL });
    const work = new AbortController();
    fixture.destination.after('put', ({ call }) => {
      if (call > 1) return;
      setImmediate(() => work.abort(error('worker-stopping', 'cancelled')));
      throw corrupted(fixture);
    });
    await expect(fixture.reconcile({}, work.signal)).rejects.toMatchObject({ kind: 'cancelled' });
    expect(await fixture.reconcile()).toMatchObject({ kind: 'copied', isWritten: true });
    await fixture.expectEqual();
  });

  test('of a part leaves no upload behind', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    fixture.destination.after('uploadPart', () => {
      throw error('destination-stored-other-bytes');
    });
    await expect(fixture.reconcile()).rejects.toMatchObject({ kind: 'permanent' });
    await fixture.expectNothingLeft();
  });

  test('nothing of which was stored, is tried again later', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.destination.before('put', () => {
      throw error('destination-checksum-mismatch');
    });
    const refused = { kind: 'retryable', code: 'destination-checksum-mismatch' };
    await expect(fixture.reconcile()).rejects.toMatchObject(refused);
  });
});

describe('a write that a policy forbids', () => {
  const forbidWrites = (fixture: TransferFixture) =>
    fixture.destination.before('put', () => {
      throw error('destination-access-denied', 'permanent');
    });

  test('is no failure where an event comes again for what is equal already', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    await alreadyCopied(fixture);
    forbidWrites(fixture);
    expect(await fixture.reconcile({ sizeHintBytes: SMALL.length })).toMatchObject({ kind: 'skipped' });
  });

  test('is one where the destination lacks the object', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    forbidWrites(fixture);
    const denied = { kind: 'permanent', code: 'destination-access-denied' };
    await expect(fixture.reconcile({ sizeHintBytes: SMALL.length })).rejects.toMatchObject(denied);
    expect(fixture.destination.countOf('put')).toBe(2);
  });
});

describe('a transfer that gives up for now', () => {
  const failAlways = (fixture: TransferFixture, codes: readonly string[]) =>
    fixture.destination.before('put', ({ call }) => {
      throw error(codes[Math.min(call, codes.length) - 1] ?? '');
    });

  test.each([
    ['destination-unknown', ['destination-unknown'], 180_000],
    ['destination-throttled', ['destination-unknown', 'destination-throttled'], 180_000],
    ['destination-throttled', ['destination-throttled'], undefined],
    ['destination-changed', ['destination-changed'], undefined],
  ] as const)('with %s after %j asks to wait for %s ms', async (code, codes, retryAfterMilliseconds) => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    failAlways(fixture, codes);
    await expect(fixture.reconcile()).rejects.toMatchObject({ kind: 'retryable', code, retryAfterMilliseconds });
  });
});

describe('an abort', () => {
  type Moment = readonly ['source' | 'destination', string, 'before' | 'after'];
  const abortAt = async (bytes: Buffer, [side, operation, phase]: Moment) => {
    const fixture = await createTransferFixture();
    fixture.destination.overwrite(KEY, OTHER);
    fixture.source.write(KEY, { bytes });
    const work = new AbortController();
    const steps = fixture[side] as { before: typeof fixture.source.before; after: typeof fixture.source.after };
    steps[phase](operation as 'head', () => work.abort(error('worker-stopping', 'cancelled')));
    return fixture.reconcile({ sizeHintBytes: bytes.length }, work.signal);
  };

  test.each<readonly [string, Buffer, Moment]>([
    ['while a small object is read', SMALL, ['source', 'read', 'after']],
    ['while parts are read', LARGE, ['source', 'read', 'before']],
    ['while parts are written', LARGE, ['destination', 'uploadPart', 'before']],
    ['when the upload was created', LARGE, ['destination', 'createUpload', 'after']],
  ])('%s says why it was aborted: no write was sent', async (_, bytes, moment) => {
    await expect(abortAt(bytes, moment)).rejects.toMatchObject({ kind: 'cancelled', code: 'worker-stopping' });
  });

  test.each<readonly [string, Buffer, Moment]>([
    ['before its answer', SMALL, ['destination', 'put', 'before']],
    ['after its answer, before the source was looked at again', SMALL, ['destination', 'put', 'after']],
    ['before the answer of Complete', LARGE, ['destination', 'completeUpload', 'before']],
    ['after it, before the source was looked at again', LARGE, ['destination', 'completeUpload', 'after']],
  ])('of a write, %s, leaves it in doubt', async (_, bytes, moment) => {
    const retryAfterMilliseconds = 180_000;
    const inDoubt = { kind: 'cancelled', code: 'write-in-doubt', retryAfterMilliseconds };
    await expect(abortAt(bytes, moment)).rejects.toMatchObject(inDoubt);
  });
});
