import { describe, expect, test } from 'vitest';
import { parseCredentials } from '../../../../aws-worker/credentials/credentials-json.ts';
import { TEST_SECRETS } from '../../../secrets/test-secrets.ts';

const SECRET = TEST_SECRETS["secret of the adapters' OSS key"];
const TOKEN = TEST_SECRETS["token of the adapters' OSS key"];
const FROM = 'The secret x';

function read(value: unknown) {
  return parseCredentials(typeof value === 'string' ? value : JSON.stringify(value), FROM);
}

const written: readonly (readonly [writer: string, value: Record<string, unknown>, expiresAt: string | undefined])[] = [
  ["Data Transfer Hub's users", { access_key_id: 'id', secret_access_key: SECRET }, undefined],
  ['with a token', { access_key_id: 'id', access_key_secret: SECRET, security_token: TOKEN }, undefined],
  [
    "Alibaba Cloud's metadata service",
    {
      AccessKeyId: 'id',
      AccessKeySecret: SECRET,
      Expiration: '2026-11-29T12:00:00Z',
      SecurityToken: TOKEN,
      LastUpdated: '2026-11-29T06:00:00Z',
      Code: 'Success',
    },
    '2026-11-29T12:00:00.000Z',
  ],
  [
    "Alibaba Cloud's CLI",
    { mode: 'StsToken', access_key_id: 'id', access_key_secret: SECRET, sts_token: TOKEN },
    undefined,
  ],
  [
    'a credential process of AWS',
    {
      Version: 1,
      AccessKeyId: 'id',
      SecretAccessKey: SECRET,
      SessionToken: TOKEN,
      Expiration: '2026-11-29T12:00:00+08:00',
    },
    '2026-11-29T04:00:00.000Z',
  ],
  ['with a line break of an editor', { accessKeyId: ' id', accessKeySecret: `${SECRET}\n` }, undefined],
];

describe('a key as JSON', () => {
  test.each(written)('is read as %s write it', (_writer, value, expiresAt) => {
    const hasToken = JSON.stringify(value).includes(JSON.stringify(TOKEN).slice(1, -1));
    const found = read(value);
    expect(found.credentials).toEqual({
      accessKeyId: 'id',
      accessKeySecret: SECRET,
      ...(hasToken ? { securityToken: TOKEN } : {}),
    });
    expect(found.expiresAt?.toISOString()).toBe(expiresAt);
  });

  const refused: readonly (readonly [text: unknown, message: string])[] = [
    ['', 'The secret x is not JSON. It must be {"access_key_id": "…", "secret_access_key": "…"}.'],
    [`access_key_id=id secret_access_key=${SECRET}`, 'The secret x is not JSON.'],
    [JSON.stringify(SECRET), 'The secret x is JSON, but no object.'],
    [[SECRET], 'The secret x is JSON, but no object.'],
    ['null', 'The secret x is JSON, but no object.'],
    [{ secret_access_key: SECRET }, 'The secret x has no field access_key_id, or an empty one.'],
    [{ access_key_id: '', secret_access_key: SECRET }, 'The secret x has no field access_key_id, or an empty one.'],
    [{ access_key_id: 'id', secret: SECRET }, 'The secret x has no field secret_access_key, or an empty one.'],
    [
      { access_key_id: 'id', secret_access_key: `${SECRET} ${SECRET}` },
      'The secret x holds a character that no key has',
    ],
    [{ access_key_id: 'i\u00e9', secret_access_key: SECRET }, 'The secret x holds a character that no key has'],
    [
      { access_key_id: 'id', secret_access_key: SECRET, sts_token: 'a\nb' },
      'The secret x holds a character that no key has',
    ],
    [{ access_key_id: 'id', secret_access_key: 7 }, 'The secret x has no field secret_access_key, or an empty one.'],
    [
      { access_key_id: 'id', secret_access_key: SECRET, Expiration: 'soon' },
      'The secret x has an Expiration that is no time; it must look like 2026-01-31T12:00:00Z.',
    ],
  ];
  test.each(refused)('is refused without a word of it: %j', (text, message) => {
    let thrown: unknown;
    try {
      read(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ kind: 'permanent', code: 'source-credentials' });
    expect((thrown as Error).message).toContain(message);
    expect(String(thrown)).not.toContain(SECRET);
    expect((thrown as Error).cause).toBeUndefined();
  });
});
