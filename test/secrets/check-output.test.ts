// The check around the suite has teeth: a run of passing tests that leak fails, and says where.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { LOCAL } from '../../local/local-cloud.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENVIRONMENT = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NO_COLOR: '1' };

let ended: { readonly code: number | null; readonly report: string; readonly stdout: string };

beforeAll(async () => {
  const values = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/secrets/fixture/vitest.config.ts'];
  ended = await new Promise(resolve => {
    const child = execFile(process.execPath, values, { cwd: ROOT, env: ENVIRONMENT }, (_, stdout, stderr) => {
      const report = stderr.slice(stderr.indexOf('Secrets in the output of the tests:'));
      resolve({ code: child.exitCode, report, stdout });
    });
  });
});

describe('a run of tests that pass and leak', () => {
  test('fails', () => {
    expect(ended.stdout).toMatch(/Tests +4 passed/);
    expect(ended.code).toBe(1);
  });

  test.each([
    [
      'the console',
      /stdout after test\/secrets\/fixture\/leaks\.ts, line \d+: the value of AWS_SECRET_ACCESS_KEY: and \(secret\)$/m,
    ],
    ['standard error', /stderr.*, line \d+: the value of API_TOKEN: Authorization: .*\(secret\)$/m],
    ['a recorded log', /log recorded in .*leaks\.ts, line 2: a signature: .*"Signed\."/],
    [
      "a worker's log",
      /log of the workers of .*leaks\.ts, line \d+: the value of AWS_SECRET_ACCESS_KEY: .*S3_STORAGE_CLASS/,
    ],
  ])('names the file and the line of what is in %s', (_place, sentence) => {
    expect(ended.report).toMatch(sentence);
  });

  test('does not repeat the secrets in its report', () => {
    expect(ended.report).not.toContain(LOCAL.awsCredentials.secretAccessKey);
    expect(ended.report).not.toContain(LOCAL.apiToken);
    expect(ended.report).not.toContain('0123456789abcdef');
  });
});
