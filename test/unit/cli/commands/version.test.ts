import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runCli } from '../cli-fixture.ts';

const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

it.each([[['version']], [['--version']], [['-V']]])('%j prints the name and the version of the package', async args => {
  expect(await runCli(args)).toEqual({ exitCode: 0, stdout: `oss-s3-bridge ${version}\n`, stderr: '' });
});

it('--json prints it for programs', async () => {
  const { stdout } = await runCli(['version', '--json']);
  expect(JSON.parse(stdout)).toEqual({ version });
});
