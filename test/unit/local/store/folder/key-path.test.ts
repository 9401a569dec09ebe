import { expect, test } from 'vitest';
import { segmentsOfKey, temporaryName } from '../../../../../local/store/folder/key-path.ts';

const longFolder = `/${'f'.repeat(3000)}`;

test.each<[key: string, segments: readonly string[] | undefined]>([
  ['a', ['a']],
  ['a/b', ['a', 'b']],
  ['a/', ['a']],
  ['a/b/', ['a', 'b']],
  ['...', ['...']],
  ['.hidden', ['.hidden']],
  ['a\\b', ['a\\b']],
  ['x'.repeat(255), ['x'.repeat(255)]],
  ['中'.repeat(85), ['中'.repeat(85)]],
  ['', undefined],
  ['/', undefined],
  ['/a', undefined],
  ['a//b', undefined],
  ['a//', undefined],
  ['.', undefined],
  ['..', undefined],
  ['a/../b', undefined],
  ['a/..', undefined],
  ['./a', undefined],
  ['a\0b', undefined],
  ['x'.repeat(256), undefined],
  ['中'.repeat(86), undefined],
  [temporaryName('0123456789abcdef'), undefined],
  [`a/${temporaryName('0123456789abcdef')}/b`, undefined],
  ['.oss-s3-bridge-note.tmp', ['.oss-s3-bridge-note.tmp']],
])('%j leads to %j', (key, segments) => {
  expect(segmentsOfKey('/folder', key)).toEqual(segments);
});

test('a path of up to 4095 bytes, folder included, is a path', () => {
  const key = (length: number) => `${'k/'.repeat(length / 2)}`.slice(0, length - 1).concat('x');
  expect(segmentsOfKey(longFolder, key(4095 - 3002))).toBeDefined();
  expect(segmentsOfKey(longFolder, key(4096 - 3002))).toBeUndefined();
});
