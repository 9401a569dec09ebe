import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../../cli/exit-codes.ts';
import { runCli } from '../cli-fixture.ts';

describe('bridge doctor', () => {
  it('ends with exit code 1 where something has a problem, and says it on standard output', async () => {
    const { exitCode, stdout, stderr } = await runCli(['doctor']);
    expect({ exitCode, stderr }).toEqual({ exitCode: EXIT.failed, stderr: '' });
    expect(stdout).toMatch(/^problem config +\d+ things to mend in the environment: /);
    expect(stdout).toMatch(/\n0 ok, 0 warnings, 1 problem, \d+ skipped\n$/);
  });

  it('prints one JSON document with --json', async () => {
    const { exitCode, stdout } = await runCli(['doctor', '--json', '--function', 'f']);
    expect(exitCode).toBe(EXIT.failed);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ ok: false, counts: { problem: 1 } });
    expect(report.items.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(['config', 's3-write', 'function-invoke']),
    );
  });

  it('looks at some items alone with --only', async () => {
    const { stdout } = await runCli(['doctor', '--only', 's3-write', '--json']);
    expect(JSON.parse(stdout).items.map(({ id }: { id: string }) => id)).toEqual([
      ...['config', 'aws-identity', 's3-role', 's3-bucket', 's3-write'],
    ]);
  });

  it.each([
    [['doctor', '--only', 's3-wirte'], 's3-write'],
    [['doctor', '--only', 'function'], 'more with --function'],
    [['doctor', '--functoin', 'f'], 'Did you mean --function?'],
  ])('%j ends with exit code 2 and helps on', async (args, says) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: EXIT.usage, stdout: '' });
    expect(stderr).toContain(says);
  });

  it.each([
    [{ isTerminal: true }, true],
    [{ isTerminal: true, environment: { NO_COLOR: '1' } }, false],
    [{ isTerminal: true, environment: { TERM: 'dumb' } }, false],
    [{ isTerminal: false }, false],
  ])('of %j has colours: %s', async (own, hasColors) => {
    const { stdout } = await runCli(['doctor'], own);
    expect(stdout.includes('\u001b[')).toBe(hasColors);
  });

  it('ends with exit code 130 when it was stopped, and is not ok', async () => {
    const environment = {
      OSS_REGION: 'cn-hangzhou',
      OSS_BUCKET: 'source',
      OSS_ACCESS_KEY_ID: 'id',
      OSS_ACCESS_KEY_SECRET: 'secret',
      S3_BUCKET: 'destination',
      AWS_REGION: 'us-west-2',
      SQS_QUEUE_URL: 'https://sqs.us-west-2.amazonaws.com/111122223333/live',
      API_TOKEN: 'a-token-of-many-characters',
    };
    const { exitCode, stdout } = await runCli(['doctor', '--json'], { environment, signal: AbortSignal.abort() });
    expect(exitCode).toBe(EXIT.cancelled);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, interrupted: true, counts: { ok: 1, problem: 0 } });
  });

  it('explains its exit codes, of which wrong settings have that of a problem', async () => {
    const { stdout } = await runCli(['doctor', '--help']);
    const [, codes = ''] = stdout.split('Exit codes:\n');
    expect([...codes.matchAll(/^ {2}(\d+) /gm)].map(([, code]) => Number(code))).toEqual([
      ...[EXIT.ok, EXIT.failed, EXIT.usage, EXIT.cancelled],
    ]);
    expect(codes).toContain('settings');
    expect((await runCli(['--help'])).stdout).toMatch(/^ {2}2 .*doctor/m);
  });
});
