import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOssCredentialSource } from '../../../../aws-worker/config/oss-credential-source.ts';
import { type Environment, EnvironmentReader } from '../../../../shared/environment.ts';

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'oss-credential-source-'));
  path = join(folder, 'secret');
  writeFileSync(path, 'from-the-file\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

function readSource(environment: Environment) {
  const read = new EnvironmentReader({ AWS_REGION: 'eu-central-1', ...environment });
  const source = readOssCredentialSource(read);
  read.throwFaults();
  return source;
}

const SECRET_ARN = 'arn:aws:secretsmanager:us-west-2:111122223333:secret:oss/key-AbCdEf';
const PARAMETER_ARN = 'arn:aws:ssm:us-west-2:111122223333:parameter/oss/key';

describe('the key for OSS', () => {
  test('may be in the environment, in files, or in both', () => {
    expect(readSource({ OSS_ACCESS_KEY_ID: 'id', OSS_ACCESS_KEY_SECRET_FILE: path })).toEqual({
      kind: 'fields',
      accessKeyId: { name: 'OSS_ACCESS_KEY_ID', value: 'id', path: undefined },
      accessKeySecret: { name: 'OSS_ACCESS_KEY_SECRET_FILE', value: 'from-the-file', path },
      securityToken: undefined,
    });
    expect(
      readSource({ OSS_ACCESS_KEY_ID_FILE: path, OSS_ACCESS_KEY_SECRET_FILE: path, OSS_SECURITY_TOKEN_FILE: path }),
    ).toMatchObject({ kind: 'fields', accessKeyId: { path }, securityToken: { value: 'from-the-file', path } });
  });

  test.each([
    [{ OSS_SECRET_ID: 'oss/key' }, { kind: 'secrets-manager', secretId: 'oss/key', region: 'eu-central-1' }],
    [{ OSS_SECRET_ID: SECRET_ARN }, { kind: 'secrets-manager', secretId: SECRET_ARN, region: 'us-west-2' }],
    [{ OSS_SECRET_ID: 'ssm:/oss/key' }, { kind: 'ssm', parameterName: '/oss/key', region: 'eu-central-1' }],
    [{ OSS_SECRET_ID: PARAMETER_ARN }, { kind: 'ssm', parameterName: PARAMETER_ARN, region: 'us-west-2' }],
    [{ OSS_CREDENTIALS_COMMAND: 'print-key --json' }, { kind: 'command', command: 'print-key --json' }],
    [
      { OSS_CREDENTIALS_URL: 'https://keys.example.com/oss' },
      { kind: 'url', url: new URL('https://keys.example.com/oss') },
    ],
    [{ OSS_CREDENTIALS_URL: 'http://keys:8080/oss' }, { kind: 'url', url: new URL('http://keys:8080/oss') }],
  ])('is found by %o', (environment, expected) => {
    expect(readSource(environment)).toEqual(expected);
  });

  test.each<readonly [Environment, string]>([
    [
      { OSS_SECRET_ID: 'x', OSS_ACCESS_KEY_ID: 'id', OSS_ACCESS_KEY_SECRET: 's3cr3t' },
      'OSS_ACCESS_KEY_ID and OSS_SECRET_ID are set, and each says where the key for OSS comes from: keep one of them.',
    ],
    [
      { OSS_CREDENTIALS_COMMAND: 'x', OSS_CREDENTIALS_URL: 'http://x/' },
      'OSS_CREDENTIALS_URL and OSS_CREDENTIALS_COMMAND are set',
    ],
    [{ OSS_SECRET_ID: 'x', OSS_SECURITY_TOKEN: 's3cr3t' }, 'OSS_SECURITY_TOKEN and OSS_SECRET_ID are set'],
    [
      { OSS_SECRET_ID: '{"access_key_id":"id","secret_access_key":"s3cr3t"}' },
      'OSS_SECRET_ID is the secret itself, not its name; it must be the name or ARN of a secret',
    ],
    [{ OSS_SECRET_ID: 's3cr3t?' }, 'OSS_SECRET_ID has characters that no name has; it must be the name or ARN'],
    [{ OSS_SECRET_ID: 'ssm:a b' }, 'OSS_SECRET_ID has characters that no name has'],
    [{ OSS_SECRET_ID: 'arn:aws:s3:::bucket' }, 'OSS_SECRET_ID has characters that no name has'],
    [{ OSS_CREDENTIALS_URL: 'http://keys.example.com/' }, 'OSS_CREDENTIALS_URL leaves your network without TLS'],
    [
      { OSS_CREDENTIALS_URL: 'file:///etc/key' },
      'OSS_CREDENTIALS_URL is not a URL that begins with https:// or http://',
    ],
    [
      { OSS_CREDENTIALS_URL: 'https://user:s3cr3t@keys/' },
      'OSS_CREDENTIALS_URL must not contain a user name or password',
    ],
    [
      { OSS_ACCESS_KEY_ID: 'id', OSS_ACCESS_KEY_SECRET: 's3cr3t \u00e9' },
      'OSS_ACCESS_KEY_SECRET holds a character that no key has',
    ],
    [
      { OSS_ACCESS_KEY_ID: 'id', OSS_ACCESS_KEY_SECRET: 'two s3cr3t' },
      'OSS_ACCESS_KEY_SECRET holds a character that no key',
    ],
    [{ OSS_ACCESS_KEY_ID: 'id' }, "OSS_ACCESS_KEY_SECRET is missing: that RAM user's secret."],
    [
      { OSS_ACCESS_KEY_ID: 'id', OSS_ACCESS_KEY_SECRET_FILE: '/none' },
      'OSS_ACCESS_KEY_SECRET_FILE is "/none", which does not exist.',
    ],
  ])('is refused as %o', (environment, fault) => {
    let message = '';
    try {
      readSource(environment);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(fault);
    expect(message).not.toContain('s3cr3t');
  });
});
