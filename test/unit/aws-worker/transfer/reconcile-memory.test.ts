// What is held while memory is waited for: nothing. A connection that nobody reads is cut by the other side.

import { describe, expect, test } from 'vitest';
import { MEBIBYTE } from '../../../../shared/limits.ts';
import { createTransferFixture, KEY, LARGE, pattern, SIGNAL, SMALL, type TransferFixture } from './transfer-fixture.ts';

const PART_BYTES = 8 * MEBIBYTE;
const MEDIUM = pattern(2 * MEBIBYTE, 7);

const turn = () => new Promise(resolve => setImmediate(resolve));

async function withFullMemory(): Promise<{ fixture: TransferFixture; free: () => void }> {
  const fixture = await createTransferFixture({ settings: { partSizeBytes: PART_BYTES } });
  const all = await fixture.context.memory.acquire(64 * MEBIBYTE, { kind: 'small', signal: SIGNAL });
  return { fixture, free: () => all.release() };
}

describe('while memory is full', () => {
  test.each([
    ['its size is known from a listing', { sizeHintBytes: MEDIUM.length, isDestinationEmpty: true }, undefined],
    ['its size is known from a HEAD', {}, SMALL],
  ])('an object is not opened, where %s', async (_, request, there) => {
    const { fixture, free } = await withFullMemory();
    fixture.source.write(KEY, { bytes: MEDIUM });
    if (there !== undefined) fixture.destination.overwrite(KEY, there);
    const copying = fixture.reconcile(request);
    while (fixture.context.memory.waiting === 0) await turn();
    expect(fixture.source.countOf('open')).toBe(0);
    free();
    expect(await copying).toMatchObject({ kind: 'copied' });
    expect([fixture.source.countOf('open'), fixture.destination.countOf('put')]).toEqual([1, 1]);
    await fixture.expectEqual();
    fixture.expectFreed();
  });
});

describe('memory covers the object', () => {
  test.each([
    ['where its size was said right', MEDIUM.length, MEDIUM.length],
    ['where its size was said too large, without another wait', 4 * MEBIBYTE, 4 * MEBIBYTE],
    ['where its size was said too small', 10, MEDIUM.length],
    ['where its size was not said', undefined, MEDIUM.length],
  ])('%s', async (_, sizeHintBytes, leasedBytes) => {
    const fixture = await createTransferFixture({ settings: { partSizeBytes: PART_BYTES } });
    fixture.source.write(KEY, { bytes: MEDIUM });
    let heldBytes = 0;
    fixture.destination.before('put', () => {
      heldBytes = fixture.context.memory.heldBytes;
    });
    expect(await fixture.reconcile({ sizeHintBytes, isDestinationEmpty: true })).toMatchObject({ kind: 'copied' });
    expect(heldBytes).toBe(leasedBytes);
    expect(fixture.source.calls).toEqual(['open', 'read']);
    fixture.expectFreed();
  });

  test('and is given back when the object turns out to be large, missing or unreadable', async () => {
    for (const prepare of [
      (fixture: TransferFixture) => fixture.source.write(KEY, { bytes: LARGE }),
      (_: TransferFixture) => {},
      (fixture: TransferFixture) => fixture.source.write(KEY, { bytes: SMALL, storageClass: 'ColdArchive' }),
    ]) {
      const fixture = await createTransferFixture();
      prepare(fixture);
      await fixture.reconcile({ sizeHintBytes: 10, isDestinationEmpty: true });
      fixture.expectFreed();
    }
  });
});

describe('a large object of an archive class', () => {
  test('that cannot be read costs no upload', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE, storageClass: 'DeepColdArchive' });
    expect(await fixture.reconcile({ sizeHintBytes: LARGE.length })).toMatchObject({ kind: 'archived' });
    expect(fixture.destination.countOf('createUpload')).toBe(0);
    expect(fixture.source.countOf('open')).toBe(1);
    await fixture.expectNothingLeft();
    fixture.expectFreed();
  });

  test('is not asked for twice where the class is not one of an archive', async () => {
    const fixture = await createTransferFixture();
    fixture.source.write(KEY, { bytes: LARGE });
    expect(await fixture.reconcile({ sizeHintBytes: LARGE.length })).toMatchObject({ kind: 'copied' });
    expect(fixture.source.countOf('open')).toBe(1);
  });
});

describe('an object whose parts exceed the memory', () => {
  test('is refused before anything is created, with what to set', async () => {
    const fixture = await createTransferFixture({ settings: { maxPartBytes: 56 * MEBIBYTE } });
    fixture.source.write(KEY, { bytes: LARGE });
    const head = fixture.context.source.head;
    const huge: TransferFixture['context']['source'] = {
      ...fixture.context.source,
      head: async (key, options) => {
        const object = await head(key, options);
        return object === undefined ? undefined : { ...object, sizeBytes: 2 ** 40 };
      },
    };
    Object.assign(fixture.context, { source: huge });
    await expect(fixture.reconcile({ sizeHintBytes: 2 ** 40 })).rejects.toMatchObject({
      kind: 'permanent',
      code: 'object-needs-more-memory',
      message: expect.stringMatching(/1099511627776 bytes.* 105 MiB.*MEMORY_BUDGET_MEBIBYTES=210/),
    });
    expect(fixture.destination.countOf('createUpload')).toBe(0);
    await fixture.expectNothingLeft();
  });
});
