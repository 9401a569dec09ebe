// What an object is described with, of every kind that OSS can hold: it arrives equal, or the object fails with a code that says why.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredObject } from '../../local/store/object-store.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { crc64 } from '../../shared/checksums/crc64.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { type Bridge, openUploads, startBridge } from './bridge.ts';
import { failuresOf, runBackfill } from './worker-api.ts';

type Texts = Readonly<Record<string, string>>;

interface Case {
  readonly name: string;
  readonly headers?: Texts;
  readonly metadata?: Texts;
  /** What is to be at the destination, where that is not the very same. */
  readonly becomes?: Texts;
  /** Why it fails. */
  readonly code?: string;
}

/** As a header's name it is one like any other; as a field of an object literal it would be none. */
const PROTO: Texts = Object.fromEntries([['__proto__', 'v']]);

const value = (text: string, more: Partial<Case> = {}): Case => ({
  name: `value ${text.slice(0, 40)}`,
  metadata: { a: text },
  ...more,
});
const header = (name: string, text: string, more: Partial<Case> = {}): Case => ({
  name: `${name}: ${text.slice(0, 60)}`,
  headers: { [name]: text },
  ...more,
});
const becomes = (name: string, text: string): Partial<Case> => ({ becomes: { [name]: text } });
const refused: Partial<Case> = { code: 'header-not-allowed' };

const CASES: readonly Case[] = [
  // Values of user metadata
  ...[
    '',
    'plain',
    'a,b;c="d"',
    '"',
    "'",
    '\\',
    '<script>alert(1)</script>',
    '%0d%0aX-Injected: 1',
    '\\r\\nX-Injected: 1',
  ].map(text => value(text)),
  ...[
    '中文',
    'é',
    'e\u0301',
    '😀',
    '\u{10ffff}',
    '\ufffe\uffff',
    '\u202eright to left',
    '\u0080\u0085\u009f',
    'a\ufeff',
    '\u2028',
    'tab\tinside',
  ].map(text => value(text)),
  ...[
    '=?UTF-8?B?SGVsbG8=?=',
    '=?utf-8?q?a=20b?=',
    '=?UTF-8?B?SGVs?= =?UTF-8?B?bG8=?=',
    '=?',
    '?=',
    '=?x?y?z?=',
    'é =?UTF-8?B?SGVsbG8=?= é',
  ].map(text => value(text)),
  ...['x'.repeat(1_500), '中'.repeat(300), 'a  b   c', '='.repeat(500)].map(text => value(text)),
  value('x'.repeat(2_048), { name: 'a value of 2 KiB', code: 'metadata-too-large' }),
  value('中'.repeat(700), { name: 'a value of 2.1 KiB in UTF-8', code: 'metadata-too-large' }),
  {
    name: 'many entries of more than 2 KiB',
    metadata: Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`name-${at}`, 'v'.repeat(40)])),
    code: 'metadata-too-large',
  },
  // Names
  ...[
    '0',
    'content-type',
    'content-length',
    'host',
    'authorization',
    'x-amz-acl',
    'x-amz-meta-a',
    'x-oss-meta-a',
    'if-match',
    'constructor',
    "!#$%&'*+-.^_`|~",
    'n'.repeat(200),
  ].map((name): Case => ({ name: `name ${name.slice(0, 40)}`, metadata: { [name]: 'v' } })),
  { name: 'name __proto__', metadata: PROTO },
  // Headers of the object
  ...[
    'text/html; charset=utf-8',
    'not a type',
    'text/html;charset="utf-8',
    'multipart/form-data; boundary=x',
    '*/*',
    'x'.repeat(1_000),
  ].map(text => header('content-type', text)),
  header('content-type', 'text/中文', refused),
  ...['0', '-1', 'never', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Fri, 31 Feb 2099 25:61:61 GMT', '2099-01-01', "'; --"].map(
    text => header('expires', text),
  ),
  header('expires', '明天', refused),
  ...['gzip', 'GZIP', 'br, gzip', 'identity', 'utf-8', 'nonsense; q=1', 'x'.repeat(300)].map(text =>
    header('content-encoding', text),
  ),
  header('content-encoding', 'aws-chunked', { becomes: {} }),
  header('content-encoding', 'aws-chunked, gzip', becomes('content-encoding', 'gzip')),
  header('content-encoding', '压缩', refused),
  ...['zh-CN', 'no language', 'de, en;q=0.5'].map(text => header('content-language', text)),
  header('content-language', '中文', refused),
  ...['no-store', 'max-age=1, x="y"', 'max-age=nonsense', 'x'.repeat(2_000)].map(text => header('cache-control', text)),
  header('cache-control', 'x'.repeat(7_900), {
    name: 'more headers than S3 takes',
    code: 'destination-request-refused',
  }),
  ...[
    'attachment',
    'inline; filename="a.txt"',
    'attachment; filename="a\\"b.txt"',
    "attachment; filename*=UTF-8''%E4%B8%AD.txt",
    '"',
    ';;;',
    'attachment; filename="../../etc/passwd"',
  ].map(text => header('content-disposition', text)),
  header(
    'content-disposition',
    'attachment; filename="中文.txt"',
    becomes('content-disposition', `attachment; filename="__.txt"; filename*=UTF-8''%E4%B8%AD%E6%96%87.txt`),
  ),
  header(
    'content-disposition',
    'attachment; filename=😀.txt',
    becomes('content-disposition', `attachment; filename="_.txt"; filename*=UTF-8''%F0%9F%98%80.txt`),
  ),
  header(
    'content-disposition',
    'attachment; filename="é.txt"; filename*=UTF-8\'\'%C3%A9.txt',
    becomes('content-disposition', 'attachment; filename="_.txt"; filename*=UTF-8\'\'%C3%A9.txt'),
  ),
  header('content-disposition', '附件; filename="a.txt"', refused),
  header('content-disposition', 'attachment; filename="中', refused),
];

const CARRIED_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];

let bridge: Bridge;
let worker: WorkerProcess;
let codes: ReadonlyMap<string, string> = new Map();

function keyOf(testCase: Case): string {
  return `${CASES.indexOf(testCase)}`;
}

async function put(
  key: string,
  body: Buffer,
  { headers = {}, metadata = {} }: Pick<Case, 'headers' | 'metadata'>,
): Promise<void> {
  const staged = await bridge.source.stage();
  await staged.write(body);
  await bridge.source.commit(key, [staged], {
    etag: createHash('md5').update(body).digest('hex').toUpperCase(),
    headers: { 'content-type': 'application/octet-stream', ...headers },
    metadata,
    tags: {},
    attributes: { type: 'Normal', crc64: String(crc64(body)) },
  });
}

/** What the source said of it, as the destination has it. */
function described(object: StoredObject | undefined): { headers: Texts; metadata: Texts } {
  const pick = (texts: Texts, keep: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(texts).filter(([name]) => keep(name)));
  return {
    headers: pick(object?.headers ?? {}, name => CARRIED_HEADERS.includes(name)),
    metadata: pick(object?.metadata ?? {}, name => !name.startsWith('bridge-')),
  };
}

beforeAll(async () => {
  bridge = await startBridge();
  worker = await bridge.startWorker({ PART_SIZE_MEBIBYTES: '5', MEMORY_BUDGET_MEBIBYTES: '32' });
  for (const testCase of CASES) await put(keyOf(testCase), Buffer.from(testCase.name), testCase);
  await put('large', Buffer.alloc(5 * MEBIBYTE + 1, 7), LARGE);
});
afterAll(async () => {
  await bridge?.close();
});

const LARGE: Pick<Case, 'headers' | 'metadata'> = {
  headers: {
    expires: 'never',
    'content-encoding': 'gzip',
    'cache-control': 'max-age="x"',
    'content-language': 'no language',
  },
  metadata: { a: '中文 =?UTF-8?B?SGVsbG8=?=', b: '', 'x-amz-acl': 'public-read', ...PROTO },
};

describe('what describes an object', () => {
  test('keeps nothing of a backfill from coming to an end', async () => {
    const { id, found, copied, failed } = await runBackfill(worker);
    const failing = CASES.filter(({ code }) => code !== undefined).length;
    expect({ found, copied, failed }).toEqual({
      found: CASES.length + 1,
      copied: CASES.length + 1 - failing,
      failed: failing,
    });
    codes = new Map((await failuresOf(worker, id)).map(({ key, code }) => [key, code]));
  });

  test.each(CASES.filter(({ code }) => code === undefined))('arrives equal: $name', async testCase => {
    const there = await bridge.destination.find(keyOf(testCase));
    expect(described(there)).toEqual({
      headers: { 'content-type': 'application/octet-stream', ...(testCase.becomes ?? testCase.headers) },
      metadata: testCase.metadata ?? {},
    });
    expect(there?.attributes.acl).toBeUndefined();
  });

  test.each(CASES.filter(({ code }) => code !== undefined))(
    'or the object fails with a code: $name',
    async testCase => {
      expect(codes.get(keyOf(testCase))).toBe(testCase.code);
      expect(await bridge.destination.find(keyOf(testCase))).toBeUndefined();
    },
  );

  test('arrives equal with an object in parts', async () => {
    const there = await bridge.destination.find('large');
    expect(described(there)).toEqual({
      headers: { 'content-type': 'application/octet-stream', ...LARGE.headers },
      metadata: LARGE.metadata,
    });
    expect(there?.attributes.acl).toBeUndefined();
    expect(await openUploads(bridge)).toEqual([]);
  });
});
