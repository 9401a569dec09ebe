import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ComputedObjectStore } from '../../../../local/store/computed-object-store.ts';
import { crc32, crc32ToBase64 } from '../../../../shared/checksums/crc32.ts';
import { crc64 } from '../../../../shared/checksums/crc64.ts';
import { GIBIBYTE, MEBIBYTE } from '../../../../shared/limits.ts';
import { bytesOf, detailsOf, expectBody, listAll, put, stageBytes } from '../../../contract/object-store.ts';

const TEN_MILLION = 10_000_000;

async function found(store: ComputedObjectStore, key: string) {
  const object = await store.find(key);
  if (object === undefined) throw new Error(`${key} is missing`);
  return object;
}

describe('a computed object', () => {
  it.each([0, 1, 1000, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE + 7])(
    'of %i bytes has the checksums of its bytes',
    async sizeBytes => {
      const store = new ComputedObjectStore({ objects: [{ key: 'k', sizeBytes }] });
      const object = await found(store, 'k');
      const bytes = await bytesOf(store, object);
      expect(bytes).toHaveLength(sizeBytes);
      expect(await store.checksumsOf(object)).toEqual({ crc32: crc32(bytes), crc64: crc64(bytes) });
      expect(object.attributes.crc64).toBe(String(crc64(bytes)));
      const md5 = createHash('md5').update(bytes).digest();
      if (sizeBytes <= MEBIBYTE) {
        expect(object.etag).toBe(md5.toString('hex').toUpperCase());
        expect(object.attributes).toMatchObject({ type: 'Normal', 'content-md5': md5.toString('base64') });
      } else {
        expect(object.etag).toMatch(/^[0-9A-F]{32}-1$/);
        expect(object.attributes.type).toBe('Multipart');
      }
    },
  );

  it('reads any range as a slice of the whole', async () => {
    const store = new ComputedObjectStore({ objects: [{ key: 'k', sizeBytes: 3 * MEBIBYTE }] });
    const object = await found(store, 'k');
    const whole = await bytesOf(store, object);
    const edges = [0, 1, 262_144, 1_048_583, 2 * MEBIBYTE + 1, 3 * MEBIBYTE];
    for (const start of edges) {
      for (const end of edges.filter(edge => edge >= start)) {
        expect((await bytesOf(store, object, { start, end })).equals(whole.subarray(start, end))).toBe(true);
      }
    }
  });

  it('is the same in every store for the same seed and size, whatever its key, and another for another seed', async () => {
    const describeAll = (objects: { key: string; sizeBytes: number; seed?: string }[]) =>
      new ComputedObjectStore({ objects });
    const one = describeAll([{ key: 'a', sizeBytes: 5000, seed: 's' }]);
    const other = describeAll([
      { key: 'b', sizeBytes: 5000, seed: 's' },
      { key: 'c', sizeBytes: 5000 },
    ]);
    const a = await found(one, 'a');
    const [b, c] = [await found(other, 'b'), await found(other, 'c')];
    expect([b.etag, b.attributes]).toEqual([a.etag, a.attributes]);
    expect(c.etag).not.toBe(a.etag);
    expect((await bytesOf(other, c)).equals(await bytesOf(other, b))).toBe(false);
  });

  it('of 20 GiB is found, proven and read from its middle without a byte of it being kept', async () => {
    const store = new ComputedObjectStore({ objects: [{ key: 'k', sizeBytes: 20 * GIBIBYTE }] });
    const before = process.memoryUsage().arrayBuffers;
    const object = await found(store, 'k');
    expect(object.etag).toMatch(/^[0-9A-F]{32}-2560$/);
    const parts = [];
    for (let part = 0; part < 2560; part += 640) {
      const start = part * 8 * MEBIBYTE;
      const bytes = await bytesOf(store, object, { start, end: start + MEBIBYTE });
      parts.push(createHash('md5').update(bytes).digest('hex'));
    }
    expect(new Set(parts).size).toBe(4);
    expect(object.attributes.crc64).toBe(String((await store.checksumsOf(object)).crc64));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * MEBIBYTE);
  });

  it('has the headers, metadata, class and time of its description, and of S3 the ETag and checksum as S3 keeps them', async () => {
    const described = {
      headers: { 'content-type': 'text/plain' },
      metadata: { a: 'b' },
      tags: { t: '1' },
      lastModified: new Date(1_700_000_000_000),
    };
    const oss = new ComputedObjectStore({
      objects: [{ key: 'k', sizeBytes: 3, storageClass: 'Archive', ...described }],
    });
    const s3 = new ComputedObjectStore({ objects: [{ key: 'k', sizeBytes: 3, ...described }], details: 's3' });
    const source = await found(oss, 'k');
    const destination = await found(s3, 'k');
    expect(source).toMatchObject({ ...described, attributes: { 'storage-class': 'Archive' } });
    expect(destination).toMatchObject({ ...described, etag: source.etag.toLowerCase() });
    expect(destination.attributes).toMatchObject({
      'storage-class': 'STANDARD',
      'checksum-crc32': crc32ToBase64(crc32(await bytesOf(s3, destination))),
      'checksum-type': 'FULL_OBJECT',
    });
  });
});

describe('ten million keys', () => {
  const store = new ComputedObjectStore({
    families: [
      { prefix: 'logs/', count: TEN_MILLION, suffix: '.gz', describe: index => ({ sizeBytes: index % 1000 }) },
    ],
    objects: [
      { key: 'logs/5000000.a', sizeBytes: 1 },
      { key: '\u{1f600}', sizeBytes: 1 },
    ],
  });
  const page = (startAfter: string, limit = 3, prefix = '') =>
    store.list({ prefix, startAfter, limit }).then(objects => objects.map(object => object.key));

  it('are listed from any place, in order, without walking there', async () => {
    expect(await page('')).toEqual(['logs/0000000.gz', 'logs/0000001.gz', 'logs/0000002.gz']);
    expect(await page('logs/4999999.gz')).toEqual(['logs/5000000.a', 'logs/5000000.gz', 'logs/5000001.gz']);
    expect(await page('logs/5')).toEqual(['logs/5000000.a', 'logs/5000000.gz', 'logs/5000001.gz']);
    expect(await page('logs/9999998.gz')).toEqual(['logs/9999999.gz', '\u{1f600}']);
    expect(await page('\u{1f600}')).toEqual([]);
    expect(await page('', 3, 'logs/77777')).toEqual(['logs/7777700.gz', 'logs/7777701.gz', 'logs/7777702.gz']);
    expect(await page('logs/7777799.gz', 3, 'logs/77777')).toEqual([]);
  });

  it('are sized by their index', async () => {
    expect((await found(store, 'logs/7654321.gz')).sizeBytes).toBe(321);
    expect(await store.find('logs/10000000.gz')).toBeUndefined();
  });

  it('cost little work a page and no memory', async () => {
    const busyBefore = process.cpuUsage();
    const before = process.memoryUsage().heapUsed;
    const pages = 100;
    for (let index = 0; index < pages; index++) {
      const keys = await page(`logs/${String(index * 99_000).padStart(7, '0')}.gz`, 1000);
      expect(keys).toHaveLength(1000);
      expect(keys[0]).toBe(`logs/${String(index * 99_000 + 1).padStart(7, '0')}.gz`);
    }
    // Walking there from the first key would take minutes.
    expect(process.cpuUsage(busyBefore).user / pages).toBeLessThan(50_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(128 * MEBIBYTE);
  });
});

describe('a change on top', () => {
  const open = () =>
    new ComputedObjectStore({
      families: [{ prefix: 'k', count: 5, describe: () => ({ sizeBytes: 2 * MEBIBYTE, metadata: { a: '1' } }) }],
    });

  it('takes the place of the computed object, wherever it is looked for', async () => {
    const store = open();
    const old = await found(store, 'k2');
    const oldBytes = await bytesOf(store, old);
    await put(store, 'k2', 'new', 'NEW');
    await put(store, 'k2-beside', 'x');
    expect(await found(store, 'k2')).toMatchObject({ sizeBytes: 3, etag: 'NEW', metadata: {} });
    expect(await listAll(store, '', 2)).toEqual(['k0', 'k1', 'k2', 'k2-beside', 'k3', 'k4']);
    await expectBody(store, await found(store, 'k2'), 'new');
    // Whoever still holds the old version reads that.
    expect((await bytesOf(store, old)).equals(oldBytes)).toBe(true);
  });

  it('removes a computed object for good, until it is written again', async () => {
    const store = open();
    expect((await store.remove('k3'))?.sizeBytes).toBe(2 * MEBIBYTE);
    expect(await store.remove('k3')).toBeUndefined();
    expect(await listAll(store)).toEqual(['k0', 'k1', 'k2', 'k4']);
    await put(store, 'k3', 'back');
    await store.remove('k3');
    expect(await store.find('k3')).toBeUndefined();
  });

  it('describes a computed object anew, its bytes as they were', async () => {
    const store = open();
    const old = await found(store, 'k1');
    const details = { ...old, metadata: { b: '2' } };
    const described = await store.describe('k1', details, { keepLastModified: true });
    expect(described).toEqual({ ...old, metadata: { b: '2' } });
    expect(await store.checksumsOf(await found(store, 'k1'))).toEqual(await store.checksumsOf(old));
  });

  it('appends to a computed object without reading it', async () => {
    const store = open();
    const old = await found(store, 'k1');
    const pieces = [await store.stageCopy(old), await stageBytes(store, 'tail')];
    const longer = await store.commit('k1', pieces, detailsOf('E'));
    const expected = Buffer.concat([await bytesOf(store, old), Buffer.from('tail')]);
    await expectBody(store, longer, expected);
    expect(await store.checksumsOf(longer)).toEqual({ crc32: crc32(expected), crc64: crc64(expected) });
    const across = { start: old.sizeBytes - 2, end: old.sizeBytes + 2 };
    expect((await bytesOf(store, longer, across)).equals(expected.subarray(across.start, across.end))).toBe(true);
  });

  it('may be another computed object, as large as anybody likes', async () => {
    const store = open();
    const old = await found(store, 'k4');
    const changed = store.putComputed({ key: 'k4', sizeBytes: old.sizeBytes, seed: 'second version' });
    expect(await found(store, 'k4')).toBe(changed);
    expect(changed.etag).not.toBe(old.etag);
    expect(changed.lastModified.getTime()).toBeGreaterThan(old.lastModified.getTime());
    expect((await bytesOf(store, changed)).equals(await bytesOf(store, old))).toBe(false);
    store.putComputed({ key: 'huge', sizeBytes: 100 * GIBIBYTE, type: 'Appendable' });
    expect((await found(store, 'huge')).attributes).toMatchObject({
      type: 'Appendable',
      'next-append-position': String(100 * GIBIBYTE),
    });
  });
});
