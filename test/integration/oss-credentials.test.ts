// Each place that the key for OSS may come from, over real sockets, real processes and the real SDKs; and each way in which it may give none.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OssCredentialSource } from '../../aws-worker/config/oss-credential-source.ts';
import { connectOssCredentials } from '../../aws-worker/connect-oss-credentials.ts';
import { findCredentialsByCommand } from '../../aws-worker/credentials/credentials-command.ts';
import { findCredentialsAtUrl } from '../../aws-worker/credentials/credentials-url.ts';
import type { OssCredentials } from '../../aws-worker/storage/oss-v4-signer.ts';
import { createRecordingLog, type RecordingLog } from '../fakes/recording-log.ts';
import { type SecretsStub, startSecretsStub } from '../fakes/secrets-stub.ts';
import { setEnvironment } from '../fixtures/set-environment.ts';
import { TEST_SECRETS } from '../secrets/test-secrets.ts';

const SECRET = TEST_SECRETS["secret of the adapters' OSS key"];
const JSON_KEY = JSON.stringify({ access_key_id: 'first', secret_access_key: SECRET });
const NEXT_KEY = JSON.stringify({ access_key_id: 'second', secret_access_key: SECRET });
const FIRST = { accessKeyId: 'first', accessKeySecret: SECRET };
const SECOND = { accessKeyId: 'second', accessKeySecret: SECRET };
const REGION = 'us-east-1';
const never = new AbortController().signal;

let folder: string;
let stub: SecretsStub;
let putBack: () => void;
let log: RecordingLog;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oss-credentials-'));
  stub = await startSecretsStub();
  putBack = setEnvironment({
    AWS_ACCESS_KEY_ID: 'worker',
    AWS_SECRET_ACCESS_KEY: TEST_SECRETS["secret of the adapters' AWS key"],
    AWS_ENDPOINT_URL_SECRETS_MANAGER: stub.origin,
    AWS_ENDPOINT_URL_SSM: stub.origin,
  });
});
afterAll(async () => {
  putBack();
  await stub.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  log = createRecordingLog();
  stub.secrets.clear();
  stub.parameters.clear();
  stub.refuse(undefined);
  stub.calls.length = 0;
});

function connect(source: OssCredentialSource) {
  const credentials = connectOssCredentials(source, { closing: never, log: log.log });
  return (refused?: OssCredentials) => credentials({ refused, signal: never });
}

const inSecret = (secretId: string): OssCredentialSource => ({ kind: 'secrets-manager', secretId, region: REGION });
const inParameter = (parameterName: string): OssCredentialSource => ({ kind: 'ssm', parameterName, region: REGION });

async function failureOf(given: Promise<unknown>) {
  const error = await given.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(String(error)).not.toContain(SECRET);
  return error;
}

describe('in the environment or in files', () => {
  test('the environment is read once', async () => {
    const place = (value: string) => ({ name: 'x', value, path: undefined });
    const source = { accessKeyId: place('first'), accessKeySecret: place(SECRET), securityToken: place('token') };
    expect(await connect({ kind: 'fields', ...source })()).toEqual({ ...FIRST, securityToken: 'token' });
  });

  function inFile(path: string) {
    const accessKeyId = { name: 'OSS_ACCESS_KEY_ID_FILE', value: 'first', path };
    const accessKeySecret = { name: 'OSS_ACCESS_KEY_SECRET', value: SECRET, path: undefined };
    return connect({ kind: 'fields', accessKeyId, accessKeySecret, securityToken: undefined });
  }

  test('a file that was replaced is read when OSS refuses what was in it', async () => {
    const path = join(folder, 'id');
    writeFileSync(path, 'first\n');
    const credentials = inFile(path);
    expect(await credentials()).toEqual(FIRST);
    writeFileSync(path, 'second');
    expect(await credentials()).toEqual(FIRST);
    expect(await credentials(FIRST)).toEqual(SECOND);
    expect(await credentials()).toEqual(SECOND);
  });

  test('a file that is gone is named', async () => {
    const path = join(folder, 'gone');
    expect(await failureOf(inFile(path)())).toMatchObject({
      kind: 'retryable',
      code: 'source-credentials-unavailable',
      message: expect.stringContaining(`OSS_ACCESS_KEY_ID_FILE is ${JSON.stringify(path)}, which does not exist.`),
    });
  });
});

describe('in a secret of AWS', () => {
  test.each([
    ['by name', 'oss/key'],
    ['by ARN', 'arn:aws:secretsmanager:us-east-1:111122223333:secret:oss/key-a1B2c3'],
  ])('Secrets Manager, %s', async (_by, secretId) => {
    stub.secrets.set('oss/key', JSON_KEY);
    const credentials = connect(inSecret(secretId));
    expect(await Promise.all([credentials(), credentials()])).toEqual([FIRST, FIRST]);
    expect(stub.calls).toEqual([`GetSecretValue ${secretId}`]);
    stub.secrets.set('oss/key', NEXT_KEY);
    expect(await credentials()).toEqual(FIRST);
    expect(await credentials(FIRST)).toEqual(SECOND);
  });

  test.each([
    ['by name', '/oss/key'],
    ['by ARN', 'arn:aws:ssm:us-east-1:111122223333:parameter/oss/key'],
  ])('Systems Manager, decrypted, %s', async (_by, parameterName) => {
    stub.parameters.set('/oss/key', JSON_KEY);
    expect(await connect(inParameter(parameterName))()).toEqual(FIRST);
    expect(stub.calls).toEqual([`GetParameter ${parameterName}`]);
  });

  const contents: readonly (readonly [string | Uint8Array, string])[] = [
    ['access_key_id=first', 'The secret x is not JSON. It must be {"access_key_id": "…", "secret_access_key": "…"}.'],
    [JSON.stringify({ access_key_id: 'first' }), 'The secret x has no field secret_access_key'],
    [Buffer.from(JSON_KEY), 'The secret x is binary. Store it as text'],
  ];
  test.each(contents)('that holds something else (%#) says what it must be', async (content, message) => {
    stub.secrets.set('x', content);
    expect(await failureOf(connect(inSecret('x'))())).toMatchObject({
      kind: 'permanent',
      code: 'source-credentials',
      message: expect.stringContaining(message),
    });
  });

  const refusals: readonly (readonly [string, string])[] = [
    ['AccessDeniedException', 'may not be read: allow secretsmanager:GetSecretValue on it for the worker'],
    ['ResourceNotFoundException', 'does not exist in us-east-1. A secret of another region is named by its ARN.'],
    ['InvalidRequestException', 'is being deleted: restore it.'],
    ['DecryptionFailure', 'cannot be decrypted: enable its KMS key'],
    ['ExpiredTokenException', 'The temporary AWS credentials have expired.'],
    ['UnrecognizedClientException', 'AWS does not know the access key'],
    ['InvalidSignatureException', 'The secret does not belong to the access key: check AWS_SECRET_ACCESS_KEY'],
  ];
  test.each(refusals)('that is refused with %s says what to do', async (code, message) => {
    stub.refuse(code);
    expect(await failureOf(connect(inSecret('x'))())).toMatchObject({
      kind: 'permanent',
      code: 'source-credentials',
      message: expect.stringContaining(message),
    });
  });

  test('a parameter that is refused names its own permission', async () => {
    stub.refuse('AccessDeniedException');
    expect(await failureOf(connect(inParameter('/x'))())).toMatchObject({
      message: expect.stringContaining(
        'The parameter /x, which OSS_SECRET_ID names, may not be read: allow ssm:GetParameter',
      ),
    });
    stub.refuse('ParameterNotFound');
    expect(await failureOf(connect(inParameter('/x'))())).toMatchObject({
      message: expect.stringContaining('does not exist in us-east-1'),
    });
  });

  test('trouble of AWS passes, and is told so', async () => {
    stub.refuse('InternalServiceError');
    expect(await failureOf(connect(inSecret('x'))())).toMatchObject({
      kind: 'retryable',
      code: 'source-credentials-unavailable',
    });
    stub.refuse(undefined);
    stub.secrets.set('x', JSON_KEY);
    expect(await connect(inSecret('x'))()).toEqual(FIRST);
  });
});

describe('from a URL', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    }
  });

  async function serve(answer: (response: ServerResponse) => void): Promise<URL> {
    const server = createServer((_request, response) => answer(response));
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/role?token=${SECRET}`);
  }

  test('in the form of a metadata service, until it expires', async () => {
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    const body = { Code: 'Success', AccessKeyId: 'first', AccessKeySecret: SECRET, SecurityToken: 'token', Expiration };
    const url = await serve(response => response.end(JSON.stringify(body)));
    expect(await findCredentialsAtUrl(url, never)).toEqual({
      credentials: { ...FIRST, securityToken: 'token' },
      expiresAt: new Date(Expiration),
    });
  });

  const answers: readonly (readonly [string, (response: ServerResponse) => void, string, string])[] = [
    ['an error', r => r.writeHead(404).end('no role'), 'source-credentials-unavailable', 'answered with status 404'],
    [
      'a redirection',
      r => r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'source-credentials-unavailable',
      'could not be reached',
    ],
    ['a page', r => r.end('<html>Sign in</html>'), 'source-credentials', 'is not JSON'],
    [
      'far too much',
      r => r.end('x'.repeat(100_000)),
      'source-credentials-unavailable',
      'answered with more than a key',
    ],
    [
      'half an answer',
      r => r.writeHead(200, { 'content-length': 9 }).write('{', () => r.destroy()),
      'source-credentials-unavailable',
      'could not be reached',
    ],
    ['nothing', r => r.destroy(), 'source-credentials-unavailable', 'could not be reached'],
  ];
  test.each(answers)('that answers with %s is told from a key', async (_what, answer, code, message) => {
    const url = await serve(answer);
    const error = await failureOf(findCredentialsAtUrl(url, never));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(String(error)).toContain(`OSS_CREDENTIALS_URL at ${url.origin}`);
    expect(String(error)).not.toContain('/role');
  });

  test('that does not answer is given up, or cancelled', async () => {
    const url = await serve(() => {});
    expect(await failureOf(findCredentialsAtUrl(url, never, 50))).toMatchObject({
      code: 'source-credentials-unavailable',
      message: expect.stringContaining('did not answer within 0.05 seconds'),
    });
    const closing = new AbortController();
    const asked = findCredentialsAtUrl(url, closing.signal);
    closing.abort();
    expect(await failureOf(asked)).toMatchObject({ kind: 'cancelled' });
  });
});

describe('from a command', () => {
  const byCommand = (command: string, signal = never, milliseconds?: number) =>
    findCredentialsByCommand(command, signal, milliseconds);

  test('whose output is read anew when OSS refuses the key', async () => {
    const path = join(folder, 'printed.json');
    writeFileSync(path, JSON_KEY);
    const credentials = connect({ kind: 'command', command: `cat '${path}' | tr -d '\\n'` });
    expect(await credentials()).toEqual(FIRST);
    expect(await credentials()).toEqual(FIRST);
    writeFileSync(path, NEXT_KEY);
    expect(await credentials(FIRST)).toEqual(SECOND);
  });

  const commands: readonly (readonly [string, string, string])[] = [
    [`echo ${SECRET} >&2; exit 3`, 'source-credentials-unavailable', 'ended with 3. Run it by hand'],
    ['no-such-command-here', 'source-credentials-unavailable', 'ended with 127: the shell does not find it'],
    ['echo signed out', 'source-credentials', 'What OSS_CREDENTIALS_COMMAND prints is not JSON'],
    ['true', 'source-credentials-unavailable', 'printed nothing'],
    ['false | cat', 'source-credentials-unavailable', 'printed nothing'],
    ['head -c 100000 /dev/zero', 'source-credentials-unavailable', 'printed far more than a key'],
    ['kill -9 $$', 'source-credentials-unavailable', 'ended with SIGKILL'],
  ];
  test.each(commands)('that is %j gives none, and says why', async (command, code, message) => {
    const error = await failureOf(byCommand(command));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    // Node's own error repeats the command.
    expect((error as Error).cause).toBeUndefined();
  });

  test('is no argument of a process, which every user of the machine sees, and is given no API token', async () => {
    const putBack = setEnvironment({ API_TOKEN: 'a-token-of-the-api' });
    const command = `: ${SECRET}; tr '\\0' ' ' < /proc/$$/cmdline; echo "[$API_TOKEN]"; exit 7`;
    const seen = join(folder, 'seen');
    await failureOf(connect({ kind: 'command', command: `{ ${command}; } > '${seen}'` })());
    putBack();
    expect(readFileSync(seen, 'utf8')).toContain('eval');
    expect(readFileSync(seen, 'utf8')).not.toContain(SECRET);
    expect(readFileSync(seen, 'utf8')).toContain('[]');
  });

  /** The shell waits for the pipe: all that it has started must end, or it goes on and says so. */
  const endless = (mark: string) => `{ sleep 0.5; touch '${mark}'; } | cat`;

  test('that does not end is ended with all that it has started', async () => {
    const mark = join(folder, 'went-on-after-its-deadline');
    expect(await failureOf(byCommand(endless(mark), never, 50))).toMatchObject({
      code: 'source-credentials-unavailable',
      message: expect.stringContaining('did not end within 0.05 seconds'),
    });
    await setTimeout(700);
    expect(existsSync(mark)).toBe(false);
  });

  test('ends when the worker does', async () => {
    const mark = join(folder, 'went-on-after-the-end');
    const closing = new AbortController();
    const run = byCommand(endless(mark), closing.signal);
    closing.abort();
    expect(await failureOf(run)).toMatchObject({ kind: 'cancelled' });
    await setTimeout(700);
    expect(existsSync(mark)).toBe(false);
  });
});
