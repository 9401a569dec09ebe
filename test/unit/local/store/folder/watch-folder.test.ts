import { expect, test } from 'vitest';
import { type FolderLook, watchFolder } from '../../../../../local/store/folder/watch-folder.ts';

const OPENED_AT = 1000;

/** One entry a look: each key with its identity, `!` for one of ours, `@` for one that changed before the store was opened. */
async function changesOver(looks: readonly Record<string, string>[]): Promise<string[]> {
  const changes: string[] = [];
  const stop = new AbortController();
  let at = -1;
  const look: FolderLook = {
    async *keys() {
      at++;
      yield* Object.keys(looks[at] ?? {});
      if (at === looks.length - 1) setImmediate(() => stop.abort());
    },
    inspect: key => {
      const identity = looks[at]?.[key];
      if (identity === undefined) return undefined;
      const changedMilliseconds = identity.startsWith('@') ? OPENED_AT - 1 : OPENED_AT;
      return { identity: identity.replace(/^[@!]/, ''), changedMilliseconds, isOurs: identity.startsWith('!') };
    },
  };
  const onChange = (key: string) => void changes.push(`${key} at look ${at}`);
  await watchFolder(look, OPENED_AT, { intervalMilliseconds: 1, signal: stop.signal, onChange });
  return changes;
}

test.each([
  ['what was there before is not reported', [{ a: '@1' }, { a: '1' }, { a: '1' }], []],
  ['what came between opening and the first look is', [{ a: '1' }, { a: '1' }], ['a at look 1']],
  ['a new file is reported once, when it has stood still', [{}, { a: '1' }, { a: '1' }, { a: '1' }], ['a at look 2']],
  [
    'a file that grows is reported when it stops',
    [{}, { a: '1' }, { a: '2' }, { a: '3' }, { a: '3' }],
    ['a at look 4'],
  ],
  ['an edit is reported', [{ a: '@1' }, { a: '2' }, { a: '2' }], ['a at look 2']],
  ['an old file that is moved in is reported', [{}, { a: '@1' }, { a: '@1' }], ['a at look 2']],
  ['an upload is not', [{ a: '@1' }, { a: '!2' }, { a: '!2' }], []],
  ['an edit of an upload is', [{}, { a: '!2' }, { a: '3' }, { a: '3' }], ['a at look 3']],
  ['one that goes and comes back is new', [{ a: '@1' }, {}, { a: '1' }, { a: '1' }], ['a at look 3']],
])('%s', async (_, looks, expected) => {
  expect(await changesOver(looks)).toEqual(expected);
});
