// Every request that init makes goes wrong in every way, and init is stopped at every one of them: run again, it ends as if nothing had happened.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BridgeError } from '../../../shared/bridge-error.ts';
import type { RelayFault } from '../../fakes/http-relay.ts';
import { ACCOUNT_ID, type Decide, type InitCloud, type Run, startInitCloud, TABLE } from './init-cloud.ts';

// Some sixty runs a test.
vi.setConfig({ testTimeout: 120_000 });

const RUN: Run = {
  environment: { LEDGER_URL: `dynamodb:${TABLE}` },
  options: { functionUser: `arn:aws:iam::${ACCOUNT_ID}:user/oss-s3-bridge-function` },
};

/** An error in the words of the service that was asked. */
function refusal(call: string, status: number, code: string): RelayFault {
  if (/^(s3|sts)/.test(call)) {
    const error = `<Error><Code>${code}</Code><Message>no</Message></Error>`;
    const body = call.startsWith('sts') ? `<ErrorResponse>${error}</ErrorResponse>` : error;
    return { status, body, headers: { 'content-type': 'application/xml' } };
  }
  const body = JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message: 'no' });
  return { status, body, headers: { 'content-type': 'application/x-amz-json-1.0' } };
}

/** From the request of this number on, so that what comes after a failure does not count. */
const from =
  (number: number, fault: RelayFault): Decide =>
  (_call, count) =>
    count >= number ? fault : undefined;

let reference: { readonly calls: readonly string[]; readonly state: unknown };
beforeAll(async () => {
  const cloud = await startInitCloud();
  await cloud.run(RUN);
  reference = { calls: [...cloud.calls], state: await cloud.state() };
  await cloud.close();
});

async function withCloud(use: (cloud: InitCloud) => Promise<void>): Promise<void> {
  const cloud = await startInitCloud();
  await use(cloud).finally(() => cloud.close());
}

/** @returns what the spoilt run threw */
async function spoilAndRepeat(cloud: InitCloud, decide: Decide, run: Run = RUN): Promise<unknown> {
  cloud.decide = decide;
  const failure = await cloud.run(run).then(
    () => undefined,
    (error: unknown) => error,
  );
  cloud.decide = () => undefined;
  const again = await cloud.run(RUN);
  expect(again.resources.filter(({ state }) => state !== 'exists' && state !== 'created')).toEqual([]);
  expect(await cloud.state()).toEqual(reference.state);
  return failure;
}

describe('init that is stopped', () => {
  it('asks often enough for this to be a test', () => {
    expect(reference.calls.length).toBeGreaterThan(20);
    expect(new Set(reference.calls).size).toBeGreaterThanOrEqual(12);
  });

  it.each<[what: string, fault: RelayFault]>([
    ['before any of its requests arrives', 'cut'],
    ['after any of its requests was done, and before it hears of it', 'lose-answer'],
  ])('%s ends right when it is run again', async (_what, fault) => {
    for (const number of reference.calls.keys()) {
      await withCloud(async cloud => {
        const failure = await spoilAndRepeat(cloud, from(number + 1, fault));
        expect(failure, reference.calls[number]).toMatchObject({ kind: 'retryable', code: 'aws-unavailable' });
      });
    }
  });

  it('by Ctrl-C at any of its requests ends right when it is run again', async () => {
    for (const number of reference.calls.keys()) {
      await withCloud(async cloud => {
        const stop = new AbortController();
        const abort: Decide = (_call, count) => {
          if (count === number + 1) stop.abort();
          return undefined;
        };
        const failure = await spoilAndRepeat(cloud, abort, { ...RUN, signal: stop.signal });
        // The last answer may have come in time.
        if (failure !== undefined) expect(failure).toMatchObject({ kind: 'cancelled' });
      });
    }
  });
});

describe('a request that is refused', () => {
  const unique = () => [...new Set(reference.calls)];

  it('ends init with the action that has to be allowed, and a run with that permission ends right', async () => {
    for (const call of unique()) {
      await withCloud(async cloud => {
        const decide: Decide = asked => (asked === call ? refusal(call, 403, 'AccessDenied') : undefined);
        const failure = await spoilAndRepeat(cloud, decide);
        expect(failure, call).toBeInstanceOf(BridgeError);
        expect(failure).toMatchObject({
          kind: 'permanent',
          code: 'aws-access-denied',
          message: expect.stringContaining(`Allow ${actionOf(call)} on `),
        });
      });
    }
  });

  it.each<[code: string, status: number, ours: string]>([
    ['InternalError', 500, 'aws-unavailable'],
    ['ThrottlingException', 400, 'aws-throttled'],
  ])('with %s (%d) is told as %s, whichever it is', async (code, status, ours) => {
    for (const call of unique()) {
      await withCloud(async cloud => {
        const decide: Decide = asked => (asked === call ? refusal(call, status, code) : undefined);
        expect(await spoilAndRepeat(cloud, decide), call).toMatchObject({ code: ours });
      });
    }
  });
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html: S3's is not named after the request. */
function actionOf(call: string): string {
  const [service, operation = ''] = call.split(' ');
  return `${service}:${operation.replace('BucketLifecycle', 'Lifecycle')}`;
}

afterAll(() => expect(reference.calls.filter(call => call.startsWith('s3 Put'))).toHaveLength(1));
