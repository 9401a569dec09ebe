import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type FolderObjectStore,
  type FolderObjectStoreOptions,
  openFolderObjectStore,
} from '../../../../local/store/folder-object-store.ts';
import { crc64 } from '../../../../shared/checksums/crc64.ts';
import { bytesOf, detailsOf, listAll, put, stageBytes } from '../../../contract/object-store.ts';

const hasOtherDevice = existsSync('/dev/shm') && statSync('/dev/shm').dev !== statSync(tmpdir()).dev;
let base: string;
let folder: string;
const stores: FolderObjectStore[] = [];

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'folder-store-'));
  folder = join(base, 'bucket');
  await mkdir(folder);
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await rm(base, { recursive: true });
});

async function openStore(options: Partial<FolderObjectStoreOptions> = {}): Promise<FolderObjectStore> {
  const store = await openFolderObjectStore({ folder, stateFolder: join(base, 'state'), ...options });
  stores.push(store);
  return store;
}

async function reopen(
  store: FolderObjectStore,
  options: Partial<FolderObjectStoreOptions> = {},
): Promise<FolderObjectStore> {
  stores.splice(stores.indexOf(store), 1);
  await store.close();
  return openStore(options);
}

describe('files that people put there', () => {
  test('are objects with the hashes that OSS would give them', async () => {
    await writeFile(join(folder, 'note.txt'), 'hello');
    const store = await openStore();
    const object = await store.find('note.txt');
    expect(object).toMatchObject({
      key: 'note.txt',
      sizeBytes: 5,
      etag: '5D41402ABC4B2A76B9719D911017C592',
      headers: { 'content-type': 'text/plain' },
      attributes: { type: 'Normal', crc64: crc64(Buffer.from('hello')).toString() },
    });
    expect(object?.lastModified.getTime()).toBe(Math.floor((await stat(join(folder, 'note.txt'))).mtimeMs));
    if (object) expect(String(await bytesOf(store, object))).toBe('hello');
  });

  test('are described in the terms of S3 when asked', async () => {
    await writeFile(join(folder, 'note'), 'hello');
    const store = await openStore({ details: 's3' });
    expect(await store.find('note')).toMatchObject({ etag: '5d41402abc4b2a76b9719d911017c592', attributes: {} });
  });

  test('are listed in UTF-8 order of the whole key', async () => {
    await mkdir(join(folder, 'a/z/y'), { recursive: true });
    await mkdir(join(folder, 'a-'));
    for (const name of ['a.b', 'a/b', 'a0', 'a/z/y/x', 'a-/q', '\u{ff5e}', '\u{1f600}'])
      await writeFile(join(folder, name), '');
    const store = await openStore();
    const keys = ['a-/q', 'a.b', 'a/b', 'a/z/y/x', 'a0', '\u{ff5e}', '\u{1f600}'];
    for (const limit of [1, 2, 1000]) expect(await listAll(store, '', limit)).toEqual(keys);
  });

  test('a large file is listed without being read, by its identity, until find asks for its CRC', async () => {
    const path = join(folder, 'large.bin');
    const file = await open(path, 'w');
    await file.truncate(17 * 1024 * 1024);
    await file.close();
    const store = await openStore();
    const [listed] = await store.list({ prefix: '', startAfter: '', limit: 10 });
    expect(listed?.etag).toMatch(/^[0-9A-F]{32}-2$/);
    expect(listed?.attributes).toEqual({ type: 'Normal' });
    const found = await store.find('large.bin');
    expect(found?.etag).toBe(listed?.etag);
    expect(found?.attributes.crc64).toBe(crc64(Buffer.alloc(17 * 1024 * 1024)).toString());
    await utimes(path, new Date(), new Date(1_000_000_000_000));
    expect((await store.find('large.bin'))?.etag).not.toBe(listed?.etag);
  });

  test('an empty directory is an object, a directory with files is not', async () => {
    await mkdir(join(folder, 'empty'));
    await mkdir(join(folder, 'full/nested-empty'), { recursive: true });
    await writeFile(join(folder, 'full/file'), 'x');
    const store = await openStore();
    expect(await listAll(store)).toEqual(['empty/', 'full/file', 'full/nested-empty/']);
    expect(await store.find('empty/')).toMatchObject({
      sizeBytes: 0,
      etag: 'D41D8CD98F00B204E9800998ECF8427E',
      attributes: { crc64: '0' },
    });
    expect(await store.find('full/')).toBeUndefined();
    expect(await store.find('empty')).toBeUndefined();
  });

  test('an empty directory stays an object when it gets its first file from us, and after that file is gone', async () => {
    await mkdir(join(folder, 'd'));
    const store = await openStore();
    await put(store, 'd/x', 'x');
    expect(await listAll(store)).toEqual(['d/', 'd/x']);
    await store.remove('d/x');
    expect(await listAll(store)).toEqual(['d/']);
    expect((await store.remove('d/'))?.key).toBe('d/');
    expect(await readdir(folder)).toEqual([]);
  });

  test('links to files and directories are read through; cycles, broken links, devices and odd names are reported', async () => {
    await mkdir(join(base, 'outside'));
    await writeFile(join(base, 'outside/file'), 'outside');
    await mkdir(join(folder, 'dir'));
    await writeFile(join(folder, 'dir/real'), 'real');
    await symlink('dir/real', join(folder, 'link-to-file'));
    await symlink('../outside', join(folder, 'link-outside'));
    await symlink('..', join(folder, 'dir/up'));
    await symlink('/', join(folder, 'root'));
    await symlink('nowhere', join(folder, 'dangling'));
    await symlink('loop', join(folder, 'loop'));
    await promisify(execFile)('mkfifo', [join(folder, 'fifo')]);
    await writeFile(Buffer.concat([Buffer.from(`${folder}/bad-`), Buffer.from([0xff])]), '');
    const leftOut: string[] = [];
    const onLeftOut = vi.fn(
      (path: string, reason: string) => void leftOut.push(`${path.slice(folder.length + 1)}: ${reason}`),
    );
    const store = await openStore({ onLeftOut });
    for (let look = 0; look < 2; look++)
      expect(await listAll(store)).toEqual(['dir/real', 'link-outside/file', 'link-to-file']);
    expect(leftOut.sort()).toEqual([
      'bad-\u00ff: name-not-utf8',
      'dangling: dangling-link',
      'dir/up: link-cycle',
      'fifo: not-a-file',
      'loop: dangling-link',
      'root: link-cycle',
    ]);
    for (const key of ['dir/up/dir/real', 'root/etc/hostname', 'fifo', 'dangling'])
      expect(await store.find(key), key).toBeUndefined();
    const through = await store.find('link-to-file');
    if (through) expect(String(await bytesOf(store, through))).toBe('real');
  });

  test.skipIf(process.getuid?.() === 0)('unreadable files are left out and reported', async () => {
    await writeFile(join(folder, 'secret'), 'x');
    await chmod(join(folder, 'secret'), 0);
    const onLeftOut = vi.fn();
    const store = await openStore({ onLeftOut });
    expect(await listAll(store)).toEqual([]);
    expect(onLeftOut).toHaveBeenCalledWith(join(folder, 'secret'), 'unreadable');
  });

  test('a change by hand is seen at once, also in a directory whose names were kept', async () => {
    await writeFile(join(folder, 'a'), 'one');
    await utimes(folder, 1_000_000_000, 1_000_000_000);
    const store = await openStore();
    expect(await listAll(store)).toEqual(['a']);
    await writeFile(join(folder, 'b'), '');
    expect(await listAll(store)).toEqual(['a', 'b']);
    await put(store, 'c', '');
    await store.remove('a');
    expect(await listAll(store)).toEqual(['b', 'c']);
    await rm(join(folder, 'b'));
    await writeFile(join(folder, 'd'), '');
    expect(await listAll(store)).toEqual(['c', 'd']);
  });

  test('a listing that is under way goes on correctly while we add and remove', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => `k${String(index).padStart(3, '0')}`);
    for (const key of keys) await writeFile(join(folder, key), '');
    await utimes(folder, 1_000_000_000, 1_000_000_000);
    const store = await openStore();
    await store.list({ prefix: '', startAfter: '', limit: 1 });
    const listing = store.list({ prefix: '', startAfter: '', limit: 1000 });
    const changes = Promise.all([
      put(store, 'a', ''),
      put(store, 'zz', ''),
      store.remove('k000'),
      store.remove('k001'),
    ]);
    const listed = (await listing).map(object => object.key);
    await changes;
    expect(listed.filter(key => key > 'k001' && key < 'zz')).toEqual(keys.slice(2));
    expect(await listAll(store)).toEqual(['a', ...keys.slice(2), 'zz']);
  });

  test('reading stops before any byte of an edit in place', async () => {
    const path = join(folder, 'f');
    await writeFile(path, Buffer.alloc(600_000, 'a'));
    const store = await openStore();
    const object = await store.find('f');
    if (!object) throw new Error('missing');
    const reading = store.read(object, { start: 0, end: 600_000 })[Symbol.asyncIterator]();
    expect((await reading.next()).value?.length).toBe(256 * 1024);
    await writeFile(path, Buffer.alloc(600_000, 'b'));
    await utimes(path, new Date(), new Date(1_000_000_000_000));
    await expect(reading.next()).rejects.toMatchObject({ kind: 'retryable', code: 'object-changed' });
  });
});

describe('what is stored through the store', () => {
  test('is a plain file, with no trace of anything else in the folder', async () => {
    const store = await openStore();
    await put(store, 'a/b/c.txt', 'content');
    await put(store, 'empty/', '');
    expect(await readFile(join(folder, 'a/b/c.txt'), 'utf8')).toBe('content');
    expect((await stat(join(folder, 'empty'))).isDirectory()).toBe(true);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(['a', 'a/b', 'a/b/c.txt', 'empty']);
    expect(await readdir(join(base, 'state/staged'))).toEqual([]);
  });

  test('keeps its details over a restart, until the file is edited by hand', async () => {
    const keys = ['dir/file', 'dir/', 'no//path'];
    let store = await openStore();
    for (const key of keys) {
      await store.commit(
        key,
        [await stageBytes(store, key.endsWith('/') ? '' : 'one')],
        detailsOf('E', { metadata: { a: 'b' } }),
      );
    }
    const before = await Promise.all(keys.map(key => store.find(key)));
    expect(before.every(object => object?.metadata.a === 'b')).toBe(true);
    store = await reopen(store);
    expect(await Promise.all(keys.map(key => store.find(key)))).toEqual(before);
    await writeFile(join(folder, 'dir/file'), 'edited');
    const etag = createHash('md5').update('edited').digest('hex').toUpperCase();
    expect(await store.find('dir/file')).toMatchObject({ etag, metadata: {}, sizeBytes: 6 });
  });

  test('a restart sweeps staged bytes that were never committed', async () => {
    const store = await openStore();
    await stageBytes(store, 'left behind');
    await reopen(store);
    expect(await readdir(join(base, 'state/staged'))).toEqual([]);
  });

  test('replaces a linked file by a file of its own, and never writes through a linked directory', async () => {
    await mkdir(join(base, 'outside'));
    await writeFile(join(base, 'outside/file'), 'outside');
    await symlink('../outside', join(folder, 'dir'));
    await symlink('../outside/file', join(folder, 'link'));
    const store = await openStore();
    await put(store, 'link', 'new');
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(false);
    const object = await put(store, 'dir/file', 'shadow');
    await put(store, 'dir/other', 'shadow');
    expect(String(await bytesOf(store, object))).toBe('shadow');
    expect(await listAll(store)).toEqual(['dir/file', 'dir/other', 'link']);
    await expect(store.remove('dir/file')).rejects.toMatchObject({ code: 'not-removable' });
    expect((await store.remove('dir/other'))?.sizeBytes).toBe(6);
    expect(await readdir(join(base, 'outside'))).toEqual(['file']);
    expect(await readFile(join(base, 'outside/file'), 'utf8')).toBe('outside');
  });

  test('a file takes the place of a blob once its key can be a path', async () => {
    const store = await openStore();
    await put(store, 'a/b', 'x');
    await put(store, 'a', 'blob');
    expect(await readdir(join(base, 'state/blobs'))).toHaveLength(1);
    await store.remove('a/b');
    await put(store, 'a', 'file');
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('file');
    expect(await readdir(join(base, 'state/blobs'))).toEqual([]);
    expect(await listAll(store)).toEqual(['a']);
  });

  test.skipIf(!hasOtherDevice)(
    'goes through a hidden file of its own when the state is on another file system',
    async () => {
      const stateFolder = await mkdtemp('/dev/shm/folder-store-state-');
      try {
        await mkdir(join(folder, 'd'));
        const store = await openStore({ stateFolder });
        const pieces = [await stageBytes(store, 'one'), await stageBytes(store, 'two')];
        const refuse = () => {
          throw new Error('refused');
        };
        await expect(store.commit('d/e/f', pieces, detailsOf('E'), refuse)).rejects.toThrow('refused');
        expect(await readdir(folder, { recursive: true })).toEqual(['d']);
        const object = await store.commit('d/e/f', pieces, detailsOf('E'));
        expect(String(await bytesOf(store, object))).toBe('onetwo');
        await put(store, 'no//path', 'blob');
        expect((await readdir(folder, { recursive: true })).sort()).toEqual(['d', 'd/e', 'd/e/f']);
        expect(await listAll(store)).toEqual(['d/', 'd/e/f', 'no//path']);
        expect(await readdir(join(stateFolder, 'staged'))).toEqual([]);
      } finally {
        for (const store of stores.splice(0)) await store.close();
        await rm(stateFolder, { recursive: true });
      }
    },
  );

  test('diff -r agrees with a copy that was made through the store', async () => {
    await mkdir(join(folder, 'a/empty'), { recursive: true });
    await writeFile(join(folder, 'a/file'), 'one');
    await writeFile(join(folder, 'ü'), Buffer.alloc(300_000, 'z'));
    const source = await openStore({ readOnly: true });
    const target = join(base, 'copy');
    const destination = await openFolderObjectStore({
      folder: target,
      stateFolder: join(base, 'state-2'),
      details: 's3',
    });
    stores.push(destination);
    for (const object of await source.list({ prefix: '', startAfter: '', limit: 1000 })) {
      const staged = await destination.stage();
      for await (const chunk of source.read(object, { start: 0, end: object.sizeBytes })) await staged.write(chunk);
      await destination.commit(object.key, [staged], detailsOf(object.etag));
    }
    await expect(promisify(execFile)('diff', ['-r', folder, target])).resolves.toMatchObject({ stdout: '' });
  });
});

describe('opening', () => {
  test('read-only refuses every change and makes no folder', async () => {
    const store = await openStore({ readOnly: true });
    for (const change of [
      () => store.stage(),
      () => store.commit('a', [], detailsOf('E')),
      () => store.remove('a'),
      () => store.describe('a', detailsOf('E')),
    ]) {
      await expect(change()).rejects.toMatchObject({ kind: 'permanent', code: 'read-only' });
    }
    const missing = openFolderObjectStore({
      folder: join(base, 'missing'),
      stateFolder: join(base, 'state-2'),
      readOnly: true,
    });
    await expect(missing).rejects.toMatchObject({ code: 'folder-missing' });
  });

  test('refuses a state folder inside of the folder, and a second store on the same state', async () => {
    await expect(openStore({ stateFolder: join(folder, '.state') })).rejects.toMatchObject({ code: 'folders-overlap' });
    await openStore();
    await expect(openStore()).rejects.toThrow(/locked/);
  });
});

describe('watch', () => {
  test('reports what people add and change since it was opened, and nothing of ours', async () => {
    await writeFile(join(folder, 'old'), 'old');
    await writeFile(join(folder, 'edited'), '1');
    await new Promise(resolve => setTimeout(resolve, 30)); // Older than the store, by the file system's own clock.
    const store = await openStore();
    await writeFile(join(folder, 'before-the-first-look'), 'x');
    const changes: string[] = [];
    const stop = new AbortController();
    const watching = store.watch({
      intervalMilliseconds: 10,
      signal: stop.signal,
      onChange: key => void changes.push(key),
    });
    await vi.waitFor(() => expect(changes).toEqual(['before-the-first-look']));
    await put(store, 'ours', 'x');
    await writeFile(join(folder, 'edited'), '22');
    await mkdir(join(folder, 'empty'));
    await vi.waitFor(() => expect(changes.toSorted()).toEqual(['before-the-first-look', 'edited', 'empty/']));
    stop.abort();
    await watching;
    expect(changes).not.toContain('ours');
    expect(changes).not.toContain('old');
  });
});
