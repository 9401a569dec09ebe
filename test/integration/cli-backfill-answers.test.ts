// Whatever answers where a bridge was expected: one sentence on standard error that says what to do, exit code 1, and never the token.

import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { endless, json, problem, type Reply, reset, silence, startApiStub, text } from '../fakes/api-stub.ts';
import { aBody } from '../unit/cli/backfill/backfill-bodies.ts';
import { runCli } from '../unit/cli/cli-fixture.ts';

const API_TOKEN = 'correct-horse-battery-staple';

/** Real time limits are of seconds; what is under test is what is said when they pass. */
function shortenTimeouts(): void {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(150));
}
afterEach(() => vi.restoreAllMocks());

async function ask(url: string, args: readonly string[] = ['list']) {
  return await runCli(['backfill', ...args, '--url', url], { environment: { API_TOKEN } });
}

const HTML = text(200, 'text/html; charset=utf-8', '<html>Welcome to nginx</html>');
const ELSEWHERE = { location: 'https://elsewhere.example/login?next=%2Fbackfill' };

describe('a bridge that is none', () => {
  it.each<readonly [string, Reply, RegExp]>([
    ['a web page', HTML, /is not the bridge: it answered 200 with "text\/html"\. Give the address of a worker/],
    [
      'a page that is not there',
      text(404, 'text/html', '<html>'),
      /is not the bridge: it answered 404 with "text\/html"/,
    ],
    [
      'a refusal of somebody else',
      json({ message: 'Forbidden' }, 403),
      /is not the bridge: it answered 403 with "application\/json"/,
    ],
    [
      'a redirect',
      text(302, 'text/plain', '', ELSEWHERE),
      /sends callers on, to "https:\/\/elsewhere\.example"\. The token is not taken along/,
    ],
    ['a redirect to nowhere', text(301, 'text/plain', ''), /sends callers on, to ""/],
    ['half a document', text(200, 'application/json', '{"backfills":['), /is not the bridge: it answered 200/],
    [
      'another document',
      json({ hello: 'world' }),
      /none of the answers that this version knows\. Use the version that the worker has/,
    ],
    [
      'a document of another version',
      json({ backfills: [aBody({ state: 'failed' as 'done' })] }),
      /none of the answers that this version knows/,
    ],
    ['an answer without end', endless, /is not the bridge: its answer has no end/],
  ])('%s', async (_what, reply, sentence) => {
    const stub = await startApiStub(reply);
    const { exitCode, stdout, stderr } = await ask(stub.url);
    expect({ exitCode, stdout }).toEqual({ exitCode: EXIT.failed, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(stderr).toContain(stub.url);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stub.asked).toHaveLength(1);
  });

  it('that does not speak HTTP', async () => {
    const server = createServer(socket => socket.end('220 mail.example ESMTP\r\n'));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { exitCode, stderr } = await ask(`http://127.0.0.1:${port}`);
    server.close();
    expect(exitCode).toBe(EXIT.failed);
    expect(stderr).toContain('it does not speak HTTP; with https:// it may');
  });

  it('that does not speak TLS', async () => {
    const stub = await startApiStub(HTML);
    const { exitCode, stderr } = await ask(stub.url.replace('http:', 'https:'));
    expect(exitCode).toBe(EXIT.failed);
    expect(stderr).toContain('it does not speak TLS; with http:// it may');
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>(resolve => server.close(() => resolve()));
  return port;
}

describe('no bridge', () => {
  it('where nobody listens', async () => {
    const { exitCode, stderr } = await ask(`http://127.0.0.1:${await closedPort()}`);
    expect(exitCode).toBe(EXIT.failed);
    expect(stderr).toMatch(
      /^No bridge answers at .*: nobody listens there\. Start a worker \(bridge worker, .*--url or BRIDGE_URL\.$/m,
    );
  });

  it('at a name that there is not', async () => {
    const { exitCode, stderr } = await ask('http://no-such-host.invalid:8080');
    expect(exitCode).toBe(EXIT.failed);
    expect(stderr).toMatch(
      /No bridge answers at http:\/\/no-such-host\.invalid:8080\/: (there is no such host|its name cannot be looked up)/,
    );
  });

  it('that answers in time', async () => {
    shortenTimeouts();
    const stub = await startApiStub(silence);
    const { exitCode, stderr } = await ask(stub.url);
    expect(exitCode).toBe(EXIT.failed);
    expect(stderr).toContain('gave no answer: nothing came within 10 seconds. Try again in a moment');
  });

  it('that finishes its answer in time', async () => {
    shortenTimeouts();
    const stub = await startApiStub(({ response }) => void response.writeHead(200).write('{'));
    expect((await ask(stub.url)).stderr).toContain('gave no answer: nothing came within 10 seconds');
  });

  it.each<readonly [string, Reply, string]>([
    ['breaks the connection', reset, 'the connection broke (ECONNRESET)'],
    ['is behind a proxy that misses it', text(502, 'text/html', '<html>'), 'something before it says 502'],
  ])('that %s', async (_what, reply, why) => {
    const { exitCode, stderr } = await ask((await startApiStub(reply)).url);
    expect(exitCode).toBe(EXIT.failed);
    expect(stderr).toContain(`gave no answer: ${why}. Try again in a moment`);
  });
});

describe('a bridge that refuses', () => {
  it.each<readonly [string, readonly string[], Reply, string]>([
    [
      'the token',
      ['list'],
      problem(401, 'unauthorized'),
      'refuses the token: API_TOKEN (or the file of API_TOKEN_FILE) must be what its worker was started with.',
    ],
    [
      'an id',
      ['show', 'x'],
      problem(404, 'backfill-not-found'),
      'There is no such backfill; `bridge backfill list` shows those that there are.',
    ],
    ['an address', ['list'], problem(404, 'route-not-found'), 'is of another version, and does not know this command.'],
    [
      'a change',
      ['pause', 'x'],
      problem(409, 'backfill-has-ended', 'The backfill is done; it cannot be paused.'),
      'The backfill is done; it cannot be paused.',
    ],
    [
      'a prefix',
      ['start', '--prefix', 'x'],
      problem(400, 'prefix-outside-source', 'prefix must begin with "a/".'),
      'prefix must begin with "a/".',
    ],
    [
      'an idempotency key',
      ['start', '--idempotency-key', 'x'],
      problem(422, 'idempotency-key-reused', 'Use another.'),
      'Use another.',
    ],
    [
      'for now',
      ['list'],
      problem(503, 'ledger-busy', 'The ledger is busy.', { 'retry-after': '5' }),
      'The ledger is busy.',
    ],
    [
      'because of a bug',
      ['list'],
      problem(500, 'internal-error', "The worker's log has the cause."),
      "The worker's log has the cause.",
    ],
  ])('%s', async (_what, args, reply, sentence) => {
    const { exitCode, stdout, stderr } = await ask((await startApiStub(reply)).url, args);
    expect({ exitCode, stdout }).toEqual({ exitCode: EXIT.failed, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it.each(['', '.', '..', '../livez', 'a/b', '%2e%2e', '?x', '#x'])('asks for the id %j, or not at all', async id => {
    const stub = await startApiStub(problem(404, 'backfill-not-found'));
    const { exitCode, stderr } = await ask(stub.url, ['cancel', id]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: EXIT.failed,
      stderr: 'There is no such backfill; `bridge backfill list` shows those that there are.\n',
    });
    for (const { line } of stub.asked) expect(line).toBe(`POST /backfill/${encodeURIComponent(id)}/cancel`);
  });

  it('may be newer and say more', async () => {
    const backfill = { ...aBody(), weather: 'fine', bytes: { ...aBody().bytes, postponed: 1 } };
    const stub = await startApiStub(json({ backfills: [backfill], more: true }));
    const { exitCode, stdout } = await ask(stub.url, ['list', '--json']);
    expect(exitCode).toBe(EXIT.ok);
    expect(JSON.parse(stdout)).toEqual({ backfills: [aBody()] });
  });
});

describe('the token', () => {
  const echo = `no: Bearer ${API_TOKEN}, ${API_TOKEN}`;
  it.each<readonly [string, Reply]>([
    ['a problem', problem(400, 'invalid-request', echo)],
    ['a code', problem(400, echo, echo)],
    ['a content type', text(200, echo, echo)],
    ['a redirect', text(302, 'text/plain', '', { location: `http://${API_TOKEN}.example/` })],
  ])('is not shown, though %s repeats it', async (_what, reply) => {
    const { stdout, stderr } = await ask((await startApiStub(reply)).url);
    expect(stdout + stderr).not.toContain(API_TOKEN);
    expect(stderr).not.toBe('');
  });

  it('goes to the bridge alone, as its bytes', async () => {
    const other = await startApiStub(HTML);
    const stub = await startApiStub(text(307, 'text/plain', '', { location: other.url }));
    const token = 'schlüssel-西湖-0123456789';
    await runCli(['backfill', 'list', '--url', stub.url], { environment: { API_TOKEN: token } });
    expect(Buffer.from(stub.asked[0]?.headers.authorization ?? '', 'latin1').toString('utf8')).toBe(`Bearer ${token}`);
    expect(other.asked).toEqual([]);
  });
});

it('nothing of an answer reaches the terminal raw', async () => {
  const hostile = '\u001b[2J\u009b31m\u202e\r\nforged';
  const stub = await startApiStub(problem(409, 'backfill-has-ended', hostile));
  const { stderr } = await ask(stub.url, ['cancel', 'x']);
  expect(stderr).toBe('\\u001b[2J\\u009b31m\\u202e\\u000d\\u000aforged\n');
});

it('what is wrong with the environment is said before anything is sent, with exit code 2', async () => {
  const stub = await startApiStub(HTML);
  const { exitCode, stderr } = await runCli(['backfill', 'list', '--url', stub.url], { environment: {} });
  expect(exitCode).toBe(EXIT.usage);
  expect(stderr).toContain('API_TOKEN is missing');
  expect(stub.asked).toEqual([]);
});
