// The built handler, called by hand: what is documented for trying it out, and for events that failed for good.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SqsStub, startSqsStub } from '../fakes/sqs-stub.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = join(ROOT, 'aliyun-fc/invoke.js');
const EVENTS = join(ROOT, 'test/fixtures/oss-events');
const FAILED = readFileSync(join(ROOT, 'test/fixtures/fc-failures/failed-event.json'), 'utf8');
const FAILED_KEY = 'failed/照片.png';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fc-invoke-'));
  const tsup = join(ROOT, 'node_modules/tsup/dist/cli-default.js');
  const bundle = [tsup, 'aliyun-fc/index.ts', '--out-dir', join(folder, 'fc'), '--silent'];
  await promisify(execFile)(process.execPath, bundle, { cwd: ROOT });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let stub: SqsStub;
beforeEach(async () => {
  stub = await startSqsStub();
});
afterEach(() => stub.close());

interface Run {
  readonly exitCode: number | null;
  readonly lines: readonly unknown[];
  readonly stderr: string;
}

async function invoke(
  args: readonly string[],
  options: { input?: string; environment?: Record<string, string> } = {},
): Promise<Run> {
  const env = {
    FC_BUNDLE: join(folder, 'fc/index.js'),
    ACCESS_KEY: 'AKIAEXAMPLE',
    SECRET_KEY: 'not-a-real-secret',
    QUEUE_URL: stub.queueUrl,
    LOG_LEVEL: 'silent',
    ...options.environment,
  };
  const child = spawn(process.execPath, [SCRIPT, ...args], { env });
  child.stdin.end(options.input ?? '');
  const closed = new Promise<number | null>(resolve => child.on('close', resolve));
  const [exitCode, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return {
    exitCode,
    stderr,
    lines: stdout
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line)),
  };
}

const keysSent = () => stub.accepted.map(body => JSON.parse(body).key);

function fileOf(content: string): string {
  const path = join(folder, 'input.json');
  writeFileSync(path, content);
  return path;
}

describe('invoke.js', () => {
  it('forwards events of every documented shape, one after the other', async () => {
    const names = ['put-object', 'complete-multipart-upload', 'append-object', 'cloud-event', 'delete-object'];
    const { exitCode, lines } = await invoke(names.map(name => join(EVENTS, `${name}.json`)));
    expect(exitCode).toBe(0);
    expect(lines).toEqual([
      { event: 1, received: 1, forwarded: 1, ignored: 0 },
      { event: 2, received: 1, forwarded: 1, ignored: 0 },
      { event: 3, received: 1, forwarded: 1, ignored: 0 },
      { event: 4, received: 1, forwarded: 1, ignored: 0 },
      { event: 5, received: 1, forwarded: 0, ignored: 1 },
    ]);
    expect(keysSent()).toHaveLength(4);
  });

  const compact = JSON.stringify(JSON.parse(FAILED));
  it.each<[what: string, content: string, events: number]>([
    ['as Function Compute wrote it', FAILED, 1],
    ['as Base64', Buffer.from(FAILED).toString('base64'), 1],
    ['as an SMQ client prints it', JSON.stringify({ MessageId: '1', MessageBody: FAILED }, undefined, 2), 1],
    [
      'as an SMQ client prints it, Base64 inside',
      JSON.stringify({ Message: { MessageBody: Buffer.from(FAILED).toString('base64') } }),
      1,
    ],
    ['many, one on each line', `${compact}\n\n${compact}\n`, 2],
  ])('replays the event of a failure destination: %s', async (_what, content, events) => {
    const { exitCode, lines } = await invoke([fileOf(content)]);
    expect(exitCode).toBe(0);
    expect(lines).toEqual(
      Array.from({ length: events }, (_, index) => ({ event: index + 1, received: 1, forwarded: 1, ignored: 0 })),
    );
    expect(keysSent()).toEqual(Array.from({ length: events }, () => FAILED_KEY));
  });

  it('reads standard input', async () => {
    expect(await invoke(['-'], { input: FAILED })).toMatchObject({ exitCode: 0, lines: [{ forwarded: 1 }] });
  });

  it('goes on after an event that is refused, and ends with 1', async () => {
    const { exitCode, lines } = await invoke([join(EVENTS, 'malformed-no-key.json'), join(EVENTS, 'put-object.json')]);
    expect(exitCode).toBe(1);
    expect(lines).toMatchObject([
      { event: 1, code: 'malformed-event' },
      { event: 2, forwarded: 1 },
    ]);
  });

  it('lets the handler say what is no event', async () => {
    expect(await invoke([fileOf('hello')])).toMatchObject({ exitCode: 1, lines: [{ code: 'malformed-event' }] });
  });

  it.each<[what: string, args: readonly string[], environment: Record<string, string>, sentence: string]>([
    ['nothing to do', [], {}, 'usage:'],
    ['no such file', ['nothing.json'], {}, 'There is no file "nothing.json"'],
    ['nothing built', ['x'], { FC_BUNDLE: '/nowhere/index.js' }, 'npm run build:fc'],
  ])('says what is missing: %s', async (_what, args, environment, sentence) => {
    expect(await invoke(args, { environment })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(sentence),
    });
  });

  it('says what is missing in the environment', async () => {
    const { exitCode, lines } = await invoke([join(EVENTS, 'put-object.json')], { environment: { QUEUE_URL: '' } });
    expect(exitCode).toBe(1);
    expect(lines).toMatchObject([{ code: 'invalid-configuration', error: expect.stringContaining('QUEUE_URL') }]);
  });
});
