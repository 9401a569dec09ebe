// Keys that are replaced, or end, while a worker works: it goes on, without a restart and without a failure.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { type Bridge, SETTLE, startBridge } from '../acceptance/bridge.ts';
import { findBackfill, startBackfill } from '../acceptance/worker-api.ts';
import { type SecretsStub, startSecretsStub } from '../fakes/secrets-stub.ts';
import { type StsStub, startStsStub } from '../fakes/sts-stub.ts';
import { TEST_SECRETS } from '../secrets/test-secrets.ts';

const SECRET_ID = 'oss/key';
const OBJECTS = 250;
const ALL_COPIED = { found: OBJECTS, copied: OBJECTS, failed: 0, unverified: 0 };
/** So that most is left to do when something happens. */
const SLOW = { MAX_CONCURRENT_OBJECTS: '2', OSS_MAX_REQUESTS_PER_SECOND: '100' };
const SLOWLY = { timeout: 60_000, interval: 250 };
const NO_KEY = { OSS_ACCESS_KEY_ID: '', OSS_ACCESS_KEY_SECRET: '' };
const ROTATED = { accessKeyId: 'LTAIrotated', accessKeySecret: TEST_SECRETS["secret of the adapters' OSS key"] };

let bridge: Bridge | undefined;
let secrets: SecretsStub | undefined;
let sts: StsStub | undefined;

afterEach(async () => {
  await bridge?.close();
  await secrets?.close();
  await sts?.close();
  bridge = undefined;
  secrets = undefined;
  sts = undefined;
});

interface Key {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

function keyJson({ accessKeyId, accessKeySecret }: Key, more: object = {}): string {
  return JSON.stringify({ access_key_id: accessKeyId, secret_access_key: accessKeySecret, ...more });
}

async function seed(target: Bridge, prefix: string, count: number): Promise<void> {
  const objects = Array.from({ length: count }, (_, n) => ({ key: `${prefix}${n}`, sizeBytes: 100 + n, metadata: {} }));
  await seedStore(target.source, objects);
}

async function begun(target: Bridge, worker: WorkerProcess, id: string, copied: number): Promise<void> {
  await expect.poll(async () => (await findBackfill(worker, id)).copied, SETTLE).toBeGreaterThan(copied);
  expect((await findBackfill(worker, id)).state).not.toBe('done');
  expect(await target.workerLog()).not.toContain('source-credentials');
}

/** A worker whose key is in a secret, and objects for it. */
async function startOnSecret() {
  const stub = await startSecretsStub();
  secrets = stub;
  stub.secrets.set(SECRET_ID, keyJson(LOCAL.ossCredentials));
  const target = await startBridge();
  bridge = target;
  await seed(target, 'a/', OBJECTS);
  const from = { OSS_SECRET_ID: SECRET_ID, AWS_ENDPOINT_URL_SECRETS_MANAGER: stub.origin };
  return { worker: await target.startWorker({ ...NO_KEY, ...SLOW, ...from }), stub, target };
}

test('the key for OSS is rotated in its secret: what is refused is repeated with the new one', async () => {
  const { worker, stub, target } = await startOnSecret();
  const { id } = await startBackfill(worker);
  await begun(target, worker, id, 20);
  stub.secrets.set(SECRET_ID, keyJson(ROTATED));
  target.cloud.oss.replaceCredentials(ROTATED);
  await expect.poll(() => findBackfill(worker, id), SETTLE).toMatchObject({ state: 'done', ...ALL_COPIED });
  expect(await target.workerLog()).toContain('The key for OSS was replaced.');
  expect(await target.workerLog()).not.toContain('source-credentials"');
  expect(stub.calls).toHaveLength(2);
});

test('temporary keys of both clouds end: new ones are had, nothing fails', async () => {
  sts = await startStsStub({ accountId: '111122223333', arn: 'arn:aws:iam::111122223333:user/worker' });
  let ended: string | undefined;
  let refusals = 0;
  bridge = await startBridge({
    s3Sessions: sts.sessions,
    intercept: {
      oss: ({ request, response }) => {
        if (ended === undefined || request.headers['x-oss-security-token'] !== ended) return false;
        refusals += 1;
        response.writeHead(403, { 'content-type': 'application/xml' });
        response.end('<Error><Code>SecurityTokenExpired</Code><Message>It has expired.</Message></Error>');
        return true;
      },
    },
  });
  await seed(bridge, 'a/', OBJECTS);
  const printed = join(bridge.folder, 'key.json');
  const token = { ...ROTATED, securityToken: TEST_SECRETS["token of the adapters' OSS key"] };
  await writeFile(printed, keyJson(token, { security_token: token.securityToken }));
  bridge.cloud.oss.replaceCredentials(token);
  const worker = await bridge.startWorker({
    ...NO_KEY,
    ...SLOW,
    OSS_CREDENTIALS_COMMAND: `cat '${printed}'`,
    S3_ROLE_ARN: 'arn:aws:iam::444455556666:role/writer',
    AWS_ENDPOINT_URL_STS: sts.origin,
  });
  const { id } = await startBackfill(worker);
  await begun(bridge, worker, id, 20);
  const next = { ...token, accessKeyId: 'STS.next', securityToken: `${token.securityToken}2` };
  await writeFile(printed, keyJson(next, { security_token: next.securityToken }));
  ended = token.securityToken;
  for (const session of sts.sessions) Object.assign(session, { sessionExpiresAt: new Date() });
  bridge.cloud.oss.replaceCredentials(next);
  await expect.poll(() => findBackfill(worker, id), SETTLE).toMatchObject({ state: 'done', ...ALL_COPIED });
  expect(sts.sessions.length).toBeGreaterThan(1);
  expect(refusals).toBeGreaterThan(0);
  expect(await bridge.workerLog()).toContain('The key for OSS was replaced.');
});

test('a key that is disabled before there is another fails nothing: work waits for it', async () => {
  const { worker, stub, target } = await startOnSecret();
  const { id } = await startBackfill(worker);
  await begun(target, worker, id, 20);
  target.cloud.oss.replaceCredentials(ROTATED);
  // What the running batches left waits for its messages.
  const later = <T>(look: () => Promise<T>) => {
    target.passQueueTime(30);
    return look();
  };
  const readyz = async () => (await fetch(`${worker.url}/readyz`)).text();
  await expect.poll(() => later(readyz), SLOWLY).toContain('source-credentials');
  expect(stub.calls.length).toBeLessThan(10);
  stub.secrets.set(SECRET_ID, keyJson(ROTATED));
  await expect
    .poll(() => later(() => findBackfill(worker, id)), SLOWLY)
    .toMatchObject({ state: 'done', ...ALL_COPIED });
});
