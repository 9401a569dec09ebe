// Secrets that tests hand to the code, besides those of the local cloud. A fixture whose secret could be printed takes it from here: whatever is here is
// searched for in all that a run prints and logs.

export const TEST_SECRETS = {
  'SECRET_KEY of the function': 'not-a-real-secret-key',
  'SESSION_TOKEN of the function': 'not-a-real-session-token',
  "secret of the adapters' OSS key": 'oss-Kq8vR2-secret',
  "token of the adapters' OSS key": 'CAISoss+token/5Zt==',
  "secret of the adapters' AWS key": 'aws+Wj3/secret',
  "token of the adapters' AWS key": 'FwoGaws+token/9Ty==',
  'secret of an assumed role': 'role+Xn5/secret',
  'token of an assumed role': 'FwoGrole+token/3Lm==',
} as const;
