import { describe, expect, test } from 'vitest';
import { copySmall } from '../../../../aws-worker/transfer/copy-small.ts';
import type { WriteCondition } from '../../../../aws-worker/transfer/object-destination.ts';
import { leaseKind, openSmall } from '../../../../aws-worker/transfer/open-small.ts';
import { metadataHash } from '../../../../aws-worker/transfer/source-version.ts';
import { crc32 } from '../../../../shared/checksums/crc32.ts';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import type { SourceContent } from '../../../fakes/fake-object-source.ts';
import { createTransferFixture, error, KEY, SIGNAL, SMALL, type TransferFixture } from './transfer-fixture.ts';

const EMPTY: WriteCondition = { kind: 'empty' };

async function copy({ context }: TransferFixture, condition = EMPTY, signal = SIGNAL) {
  const look = await openSmall(context, KEY, { expectedBytes: undefined, signal });
  if (look?.small === undefined) throw new Error('nothing to open');
  const write = { destinationKey: KEY, condition, backfill: 'b1', onWrite: () => undefined, signal };
  return await copySmall(context, look.small, write);
}

describe('a small object', () => {
  test.each<[string, SourceContent, string]>([
    ['with a CRC-64', { bytes: SMALL }, 'crc64'],
    ['with an MD5 only', { bytes: SMALL, hasCrc64: false }, 'md5'],
    ['with neither', { bytes: SMALL, hasCrc64: false, type: 'Multipart' }, 'none'],
    ['that is empty', { bytes: Buffer.alloc(0) }, 'crc64'],
    ['that was appended to', { bytes: SMALL, type: 'Appendable' }, 'crc64'],
  ])('%s is copied in one GET and one PUT, and proven', async (_, content, proof) => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, content);
    expect(await copy(fixture)).toEqual({ proof, etag: fixture.destination.stored(KEY)?.etag });
    expect(fixture.source.calls).toEqual(['open', 'read']);
    expect(fixture.destination.calls).toEqual(['put']);
    await fixture.expectEqual();
    fixture.expectFreed();
  });

  test('takes headers, metadata, tags and our record along', async () => {
    const fixture = await createTransferFixture();
    const described = { headers: { contentType: 'text/plain' }, metadata: { owner: 'Zoë' } };
    fixture.source.write(KEY, { bytes: SMALL, ...described, tags: { team: 'a b' } });
    await copy(fixture);
    const object = fixture.source.current(KEY)?.object;
    expect(fixture.destination.stored(KEY)?.description).toEqual({
      ...described,
      tags: { team: 'a b' },
      record: {
        etag: object?.etag,
        lastModified: object?.lastModified,
        crc64: String(object?.crc64),
        crc32: crc32(SMALL),
        metadataHash: metadataHash(described),
        backfill: 'b1',
      },
    });
  });

  test.each([
    ['gone', undefined],
    ['of a version with others', { team: 'x', more: 'y' }],
  ])('is of no use when its tags are %s', async (_, tags) => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL, tags: { team: 'x' } });
    fixture.source.before('tags', () => {
      if (tags === undefined) fixture.source.remove(KEY);
      else fixture.source.write(KEY, { bytes: SMALL, tags });
    });
    await expect(copy(fixture)).rejects.toMatchObject({ code: 'source-changed' });
    expect(fixture.destination.countOf('put')).toBe(0);
  });

  test('is asked for its tags only where tags are copied and it has some', async () => {
    const fixture = await createTransferFixture({ settings: { copyTags: false } });
    fixture.source.write(KEY, { bytes: SMALL, tags: { team: 'x' } });
    await copy(fixture);
    expect(fixture.source.countOf('tags')).toBe(0);
    expect(fixture.destination.stored(KEY)?.description?.tags).toEqual({});
  });

  test('is not written when a byte was flipped on the way', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.source.damageReads(1);
    await expect(copy(fixture)).rejects.toMatchObject({ code: 'source-checksum-mismatch' });
    expect(fixture.destination.calls).toEqual([]);
    fixture.expectFreed();
  });
});

describe('whatever fails, the memory and the connection are given back', () => {
  const failure = error('destination-unavailable');

  test.each(['read', 'tags'] as const)('in %s', async operation => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL, tags: { team: 'x' } });
    fixture.source.before(operation, () => {
      throw failure;
    });
    await expect(copy(fixture)).rejects.toBe(failure);
    fixture.expectFreed();
  });

  test('in the PUT: and the buffer, from which a request may still be writing, is not used again', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    fixture.destination.after('put', () => {
      throw failure;
    });
    await expect(copy(fixture)).rejects.toBe(failure);
    fixture.expectFreed();
    expect(fixture.context.buffers.idleBytes).toBe(0);
  });

  test('when the work is aborted while it waits for memory', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    const all = await fixture.context.memory.acquire(64 * MEBIBYTE, { kind: 'small', signal: SIGNAL });
    const work = new AbortController();
    const copying = copy(fixture, EMPTY, work.signal);
    setImmediate(() => work.abort());
    await expect(copying).rejects.toMatchObject({ kind: 'cancelled' });
    all.release();
    fixture.expectFreed();
  });

  test('when no buffer can be had', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: SMALL });
    const buffers = {
      ...fixture.context.buffers,
      take: () => {
        throw new RangeError('no memory');
      },
    };
    await expect(copy({ ...fixture, context: { ...fixture.context, buffers } })).rejects.toThrow('no memory');
    expect(fixture.context.memory.heldBytes).toBe(0);
  });
});

test.each([
  [0, 'small'],
  [MEBIBYTE, 'small'],
  [MEBIBYTE + 1, 'bulk'],
] as const)('%d bytes are leased as %s', (sizeBytes, kind) => {
  expect(leaseKind(sizeBytes)).toBe(kind);
});
