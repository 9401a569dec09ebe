// The file that is deployed, built as `npm run build:fc` builds it and run as Function Compute runs it: required by a plain Node 20 with
// nothing beside it. Where the host has no Node 20, it runs on the Node that runs the tests, and the test's name says so.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MEBIBYTE } from '../../shared/limits.ts';
import { refuse, type SqsStub, startSqsStub } from '../fakes/sqs-stub.ts';
import { ossEventBytes } from '../fixtures/oss-events/read-fixture.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** Calls the handler with the bytes of an event, as the platform does, and prints what comes of it. */
const PLATFORM = `
  const { handler } = require(process.argv[1]);
  handler(Buffer.from(process.argv[2], 'base64'), { requestId: 'r-1', function: { timeout: 60 } })
    .then(result => console.log(JSON.stringify({ result })), error => console.log(JSON.stringify({ code: error.code })));
`;

const node20 = findNode20();
const node = node20 ?? process.execPath;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fc-bundle-'));
  const tsup = join(ROOT, 'node_modules/tsup/dist/cli-default.js');
  await run(process.execPath, [tsup, 'aliyun-fc/index.ts', '--out-dir', folder, '--silent'], { cwd: ROOT });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let stub: SqsStub;
beforeEach(async () => {
  stub = await startSqsStub();
});
afterEach(() => stub.close());

async function invoke(fixture: string): Promise<unknown> {
  const event = ossEventBytes(fixture).toString('base64');
  const env = { ACCESS_KEY: 'AKIAEXAMPLE', SECRET_KEY: 'not-a-real-secret', QUEUE_URL: stub.queueUrl, HOME: folder };
  const { stdout } = await run(node, ['-e', PLATFORM, join(folder, 'index.js'), event], { cwd: folder, env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

describe('the bundle', () => {
  it('is one file of CommonJS, and small', () => {
    expect(readdirSync(folder).toSorted()).toEqual(['index.js', 'package.json']);
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toEqual({ type: 'commonjs' });
    expect(statSync(join(folder, 'index.js')).size).toBeLessThan(3 * MEBIBYTE);
  });

  it('requires nothing but Node itself', () => {
    const code = readFileSync(join(folder, 'index.js'), 'utf8');
    // After a `[` it is an example in a sentence of the SDK's.
    const required = [...code.matchAll(/(?<!\[)\brequire\("([^"]+)"\)/g)].map(match => match[1] ?? '');
    expect(required.length).toBeGreaterThan(0);
    expect(required.filter(name => !isBuiltin(name))).toEqual([]);
  });
});

describe(`the bundle on ${node20 === undefined ? `Node ${process.versions.node}, for want of a Node 20` : 'Node 20'}`, () => {
  it('forwards an event', async () => {
    expect(await invoke('several-records')).toEqual({ result: { received: 3, forwarded: 2, ignored: 1 } });
    expect(stub.accepted.map(body => JSON.parse(body).key)).toEqual(['source/a.png', 'copy.bin']);
  });

  it('sends again what SQS refused', async () => {
    stub.next(refuse('copy.bin', 'InternalError'));
    expect(await invoke('several-records')).toMatchObject({ result: { forwarded: 2 } });
    expect(stub.accepted.map(body => JSON.parse(body).key)).toEqual(['source/a.png', 'copy.bin']);
  });

  it('throws for an event that it cannot read', async () => {
    expect(await invoke('malformed-no-key')).toEqual({ code: 'malformed-event' });
  });
});

function findNode20(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(path => !path.includes('node_modules'));
  return folders.map(path => join(path, 'node')).find(isNode20);
}

function isNode20(path: string): boolean {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).startsWith(
      'v20.',
    );
  } catch {
    return false; // No such file, or nothing that runs.
  }
}
