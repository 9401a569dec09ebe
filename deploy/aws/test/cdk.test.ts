// The command that people run, in a process of its own, without an account.

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLE = parseEnv(readFileSync(join(FOLDER, '.env.example'), 'utf8'));
const folders: string[] = [];

interface Assets {
  readonly dockerImages: Readonly<Record<string, { readonly source: { readonly directory: string } }>>;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function synth(
  environment: NodeJS.Dict<string>,
): Promise<{ code: number; stdout: string; stderr: string; output: string }> {
  const output = mkdtempSync(join(tmpdir(), 'oss-s3-bridge-synth-'));
  folders.push(output);
  const values = [join(FOLDER, 'node_modules/aws-cdk/bin/cdk'), 'synth', '--output', output];
  // Without the .env of whoever runs this, and without their credentials.
  const app = 'node app.ts';
  const env = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), HOME: output, ...environment };
  return new Promise(resolve => {
    const child = execFile(process.execPath, [...values, '--app', app], { cwd: FOLDER, env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr, output });
    });
  });
}

/** Two processes that load all of aws-cdk-lib, on cores that others use as well. */
const TIMEOUT_MILLISECONDS = 180_000;

describe('cdk synth', { timeout: TIMEOUT_MILLISECONDS }, () => {
  it('makes the template of .env.example, with the worker built from this repository', async () => {
    const { code, stdout, stderr, output } = await synth(EXAMPLE);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('AWS::ECS::Service');
    const { dockerImages } = JSON.parse(readFileSync(join(output, 'oss-s3-bridge.assets.json'), 'utf8')) as Assets;
    const [image, ...others] = Object.values(dockerImages);
    expect(others).toEqual([]);
    expect(image?.source).toMatchObject({ dockerBuildTarget: 'worker', platform: 'linux/arm64' });
    const sent = readdirSync(join(output, image?.source.directory ?? ''));
    expect(sent).toEqual(expect.arrayContaining(['Dockerfile', 'aws-worker', 'shared', 'package-lock.json']));
    expect(sent.filter(name => /^(\.env|\.git|node_modules|data)/.test(name))).toEqual([]);
    // `bridge init` prints them.
    expect(readdirSync(join(output, image?.source.directory ?? '', 'deploy'))).toEqual(['policies']);
  });

  it('names every parameter that is missing, without a stack trace', async () => {
    const { code, stderr } = await synth({});
    expect(code).toBe(1);
    expect(stderr).toContain('5 things to mend in the environment:');
    for (const name of ['OSS_REGION', 'OSS_BUCKET', 'OSS_SECRET_ID', 'AWS_REGION', 'S3_BUCKET']) {
      expect(stderr).toContain(`  - ${name} is missing`);
    }
    expect(stderr).toContain('.env.example');
    expect(stderr).not.toContain('    at ');
  });
});
