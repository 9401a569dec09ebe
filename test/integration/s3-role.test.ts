// S3_ROLE_ARN: the destination as a role's session, which is renewed when S3 says that it has ended.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readWorkerConfig } from '../../aws-worker/config.ts';
import { connectStorage, type Storage } from '../../aws-worker/connect-storage.ts';
import { assumeRole } from '../../aws-worker/credentials/sts-role.ts';
import { LOCAL, type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import { crc32 } from '../../shared/checksums/crc32.ts';
import { createLog } from '../../shared/log.ts';
import { type StsStub, startStsStub } from '../fakes/sts-stub.ts';
import { setEnvironment } from '../fixtures/set-environment.ts';
import { EMPTY, never, PLAIN, startTestDestination } from './s3-destination-fixture.ts';

const ROLE = 'arn:aws:iam::444455556666:role/writer';
const silent = createLog({ level: 'silent' });

let sts: StsStub;
let cloud: LocalCloud;
let putBack: () => void;
let storage: Storage;
/** Requests to S3, by the access key that signed them. */
const signedBy: string[] = [];

beforeAll(async () => {
  sts = await startStsStub({ accountId: '111122223333', arn: 'arn:aws:iam::111122223333:user/worker' });
  cloud = await startLocalCloud({
    source: new MemoryObjectStore(),
    destination: new MemoryObjectStore(),
    log: silent,
    s3Sessions: sts.sessions,
    intercept: {
      s3: ({ request }) => {
        signedBy.push(/Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'nobody');
        return false;
      },
    },
  });
  putBack = setEnvironment({ ...cloud.environment, AWS_ENDPOINT_URL_STS: sts.origin });
});
afterAll(async () => {
  putBack();
  await cloud.close();
  await sts.close();
});
beforeEach(() => {
  sts.trust.externalId = undefined;
  sts.sessionSeconds = 3600;
  sts.refuse('AssumeRole', undefined);
  sts.assumptions.length = 0;
  sts.calls.length = 0;
  sts.sessions.length = 0;
  signedBy.length = 0;
});
afterEach(() => storage.close());

function open(environment: Readonly<Record<string, string>> = {}): Storage {
  storage = connectStorage(readWorkerConfig({ ...cloud.environment, S3_ROLE_ARN: ROLE, ...environment }), silent);
  return storage;
}

async function putOne({ destination }: Storage, key: string) {
  const body = Buffer.from('some bytes');
  return await destination.put({ key, body, crc32: crc32(body), condition: EMPTY, description: PLAIN, signal: never });
}

async function failureOf(given: Promise<unknown>) {
  return await given.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

describe('a role for S3', () => {
  test('is assumed once, by the worker, and signs all requests to S3', async () => {
    sts.trust.externalId = 'partner-7';
    const opened = open({ S3_ROLE_EXTERNAL_ID: 'partner-7' });
    await opened.destination.probe({ signal: never });
    expect(sts.assumptions).toEqual([
      { roleArn: ROLE, externalId: 'partner-7', accessKeyId: LOCAL.awsCredentials.accessKeyId },
    ]);
    expect(signedBy.length).toBeGreaterThan(5);
    expect(new Set(signedBy)).toEqual(new Set([sts.sessions[0]?.accessKeyId]));
  });

  test('is assumed anew when S3 says that its session has ended', async () => {
    const opened = open();
    await putOne(opened, 'before');
    // The clouds' clocks differ by more than the SDK's margin.
    Object.assign(sts.sessions[0] ?? {}, { sessionExpiresAt: new Date(Date.now() - 1000) });
    await Promise.all([putOne(opened, 'after 1'), putOne(opened, 'after 2')]);
    expect(sts.sessions.length).toBeGreaterThan(1);
    expect(await opened.destination.head('after 1', { signal: never })).toMatchObject({ sizeBytes: 10 });
    expect(signedBy.at(-1)).toBe(sts.sessions.at(-1)?.accessKeyId);
  });

  const calls: readonly (readonly [string, (opened: Storage) => Promise<unknown>])[] = [
    ['HEAD', ({ destination }) => destination.head('k', { signal: never })],
    ['PUT', opened => putOne(opened, `${Math.random()}`)],
    ['an SDK call that is repeated', ({ destination }) => destination.listUploads('k', { signal: never })],
    [
      'an SDK call that is never repeated',
      ({ destination }) => destination.createUpload({ key: 'k', description: PLAIN, signal: never }),
    ],
  ];
  test.each(calls)('is assumed anew when the first to be refused is %s', async (_what, call) => {
    const opened = open();
    await putOne(opened, `before ${Math.random()}`);
    Object.assign(sts.sessions[0] ?? {}, { sessionExpiresAt: new Date(Date.now() - 1000) });
    await call(opened);
    expect(sts.sessions).toHaveLength(2);
  });

  test('is assumed once for each session that ends, however many requests are refused', async () => {
    const opened = open();
    await putOne(opened, 'many 0');
    Object.assign(sts.sessions[0] ?? {}, { sessionExpiresAt: new Date(Date.now() - 1000) });
    await Promise.all(Array.from({ length: 64 }, (_, n) => putOne(opened, `many ${n + 1}`)));
    expect(sts.sessions).toHaveLength(2);
  });

  test('is used to the end of its session while STS is down', async () => {
    sts.sessionSeconds = 240; // less than the SDK's margin, and ours
    const opened = open();
    await putOne(opened, 'stable 1');
    sts.refuse('AssumeRole', 'ServiceUnavailable');
    await putOne(opened, 'stable 2');
    expect(sts.sessions).toHaveLength(1);
  });

  test('that is not given is not asked for by each request', async () => {
    sts.refuse('AssumeRole', 'AccessDenied');
    const opened = open();
    const heads = Array.from({ length: 64 }, (_, n) => failureOf(opened.destination.head(`${n}`, { signal: never })));
    for (const failure of await Promise.all(heads)) expect(failure).toMatchObject({ code: 'destination-credentials' });
    expect(sts.calls).toEqual(['AssumeRole']);
  });

  const refusals: readonly (readonly [string, object, string])[] = [
    [
      'AccessDenied',
      { kind: 'permanent', code: 'destination-credentials' },
      `The worker may not assume S3_ROLE_ARN, ${ROLE}. Check that the role exists, that its trust policy names`,
    ],
    [
      'ExpiredToken',
      { kind: 'permanent', code: 'destination-credentials' },
      'The temporary AWS credentials have expired',
    ],
    [
      'InvalidClientTokenId',
      { kind: 'permanent', code: 'destination-credentials' },
      'AWS does not know the access key',
    ],
    [
      'RegionDisabledException',
      { kind: 'permanent', code: 'destination-credentials' },
      'STS is not active in this region',
    ],
  ];
  test.each(refusals)(
    'that STS refuses with %s says what to do, by hand and by the SDK',
    async (code, meaning, text) => {
      sts.refuse('AssumeRole', code);
      const opened = open();
      const expected = { ...meaning, message: expect.stringContaining(text) };
      expect(await failureOf(opened.destination.head('k', { signal: never }))).toMatchObject(expected);
      const upload = opened.destination.createUpload({ key: 'k', description: PLAIN, signal: never });
      expect(await failureOf(upload)).toMatchObject(expected);
      expect(signedBy).toEqual([]);
    },
  );

  test('that STS cannot give now is asked for again later', async () => {
    open();
    sts.refuse('AssumeRole', 'InternalFailure');
    const role = { arn: ROLE, externalId: undefined, stsRegion: LOCAL.awsRegion };
    expect(await failureOf(assumeRole(role, never))).toMatchObject({
      kind: 'retryable',
      code: 'destination-unavailable',
      message: expect.stringContaining('STS did not give the credentials of S3_ROLE_ARN (InternalFailure)'),
    });
    sts.refuse('AssumeRole', undefined);
    expect(await assumeRole(role, never)).toMatchObject({ accessKeyId: sts.sessions[0]?.accessKeyId });
  });

  test('and credentials that never come keep nobody longer than they wait', async () => {
    open();
    const given = await startTestDestination();
    const destination = given.open({ credentials: () => new Promise(() => {}) });
    const soon = () => ({ signal: AbortSignal.timeout(50) });
    const asked = [
      destination.head('k', soon()),
      destination.listUploads('k', soon()),
      destination.createUpload({ key: 'k', description: PLAIN, ...soon() }),
    ];
    for (const failure of await Promise.all(asked.map(failureOf))) expect(failure).toMatchObject({ kind: 'cancelled' });
    await given.close();
  });

  test('whose external id is missing or wrong says which', async () => {
    sts.trust.externalId = 'partner-7';
    expect(await failureOf(open().destination.head('k', { signal: never }))).toMatchObject({
      code: 'destination-credentials',
      message: expect.stringContaining('that its trust policy asks for no external id, or set S3_ROLE_EXTERNAL_ID'),
    });
    await storage.close();
    const wrong = open({ S3_ROLE_EXTERNAL_ID: 'partner-8' });
    expect(await failureOf(wrong.destination.head('k', { signal: never }))).toMatchObject({
      message: expect.stringContaining('that S3_ROLE_EXTERNAL_ID is the external id which the trust policy asks for'),
    });
  });
});
