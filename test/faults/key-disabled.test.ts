// A key for OSS that is disabled before its secret has another one: nothing fails, and the worker goes on by itself.

import { afterEach, expect, test } from 'vitest';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { type Bridge, SETTLE, startBridge } from '../acceptance/bridge.ts';
import { findBackfill, startBackfill } from '../acceptance/worker-api.ts';
import { type SecretsStub, startSecretsStub } from '../fakes/secrets-stub.ts';
import { TEST_SECRETS } from '../secrets/test-secrets.ts';

const SECRET_ID = 'oss/key';
const OBJECTS = 300;
const SLOWLY = { timeout: 60_000, interval: 250 };
const NEXT = { accessKeyId: 'LTAIrotated', accessKeySecret: TEST_SECRETS["secret of the adapters' OSS key"] };

let bridge: Bridge | undefined;
let secrets: SecretsStub | undefined;

afterEach(async () => {
  await bridge?.close();
  await secrets?.close();
});

function keyJson({ accessKeyId, accessKeySecret }: { readonly accessKeyId: string; readonly accessKeySecret: string }) {
  return JSON.stringify({ access_key_id: accessKeyId, secret_access_key: accessKeySecret });
}

test('work waits for the next key, and fails nothing', async () => {
  secrets = await startSecretsStub();
  secrets.secrets.set(SECRET_ID, keyJson(LOCAL.ossCredentials));
  bridge = await startBridge();
  const objects = Array.from({ length: OBJECTS }, (_, n) => ({ key: `a/${n}`, sizeBytes: 100 + n, metadata: {} }));
  await seedStore(bridge.source, objects);
  const worker = await bridge.startWorker({
    OSS_ACCESS_KEY_ID: '',
    OSS_ACCESS_KEY_SECRET: '',
    OSS_SECRET_ID: SECRET_ID,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.origin,
    // So that most is left to do when the key is disabled.
    OSS_MAX_REQUESTS_PER_SECOND: '100',
  });
  const { id } = await startBackfill(worker);
  await expect.poll(async () => (await findBackfill(worker, id)).copied, SETTLE).toBeGreaterThan(20);
  bridge.cloud.oss.replaceCredentials(NEXT);
  const waited = bridge;
  // What the running batches left waits for its messages.
  const later = <T>(look: () => Promise<T>) => {
    waited.passQueueTime(30);
    return look();
  };
  const readyz = async () => (await fetch(`${worker.url}/readyz`)).text();
  await expect.poll(() => later(readyz), SLOWLY).toContain('source-credentials');
  expect(secrets.calls.length).toBeLessThan(10);
  secrets.secrets.set(SECRET_ID, keyJson(NEXT));
  const whole = { state: 'done', found: OBJECTS, copied: OBJECTS, failed: 0, unverified: 0 };
  await expect.poll(() => later(() => findBackfill(worker, id)), SLOWLY).toMatchObject(whole);
});
