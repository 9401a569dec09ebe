import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_ITEM, FUNCTION_ITEMS, WORKER_ITEMS } from '../../../cli/doctor/items.ts';
import type { ItemResult } from '../../../cli/doctor/run-items.ts';
import { LOCAL } from '../../../local/local-cloud.ts';
import { OTHER_CASES, STORAGE_CASES } from './all-cases.ts';
import type { DoctorCase } from './doctor-cases.ts';
import { FUNCTION_NAME } from './doctor-stage.ts';
import { useDoctorStage } from './play-cases.ts';

const CASES = [...STORAGE_CASES, ...OTHER_CASES];
const ITEMS = [...WORKER_ITEMS, ...FUNCTION_ITEMS];
const ITEM_IDS = [CONFIG_ITEM, ...ITEMS].map(({ id }) => id);

const useStage = useDoctorStage();

describe('each item', () => {
  it('has a case in which it fails, and one in which it is ok', () => {
    const idsOf = (cases: readonly DoctorCase[]) => [...new Set(cases.map(({ id }) => id))].sort();
    const failing = CASES.filter(({ status }) => status === 'problem' || status === 'warning');
    expect(idsOf(failing)).toEqual([...ITEM_IDS].sort());
    expect(idsOf(CASES.filter(({ status }) => status === 'ok'))).toEqual([...ITEM_IDS].sort());
  });

  it('needs only items that come before it', () => {
    for (const { id, needs } of ITEMS) {
      expect(ITEM_IDS.slice(0, ITEM_IDS.indexOf(id))).toEqual(expect.arrayContaining([...needs]));
    }
  });
});

describe('on the local cloud', () => {
  it('all is ok, with nothing left behind', async () => {
    const stage = useStage();
    const results = await stage.examine({ functionName: FUNCTION_NAME });
    expect(results.map(({ item }) => item.id)).toEqual(ITEM_IDS);
    const notOk = results.filter(({ finding }) => finding.status !== 'ok');
    expect(notOk.map(({ item, finding }) => `${item.id}: ${finding.text}`)).toEqual([
      's3-role: S3_ROLE_ARN is not set: S3 is asked with the identity above.',
      'oss-tags: COPY_TAGS is not set.',
      's3-tags: COPY_TAGS is not set.',
    ]);
    expect(await stage.leftovers()).toEqual([]);
  });

  it('what cannot be looked at is skipped, with what failed', async () => {
    const stage = useStage();
    const results = await stage.examine({ environment: { ...stage.environment, OSS_ACCESS_KEY_SECRET: 'wrong' } });
    const skipped = results.filter(({ because }) => because !== undefined);
    const ids = ['oss-bucket', 'oss-list', 'oss-objects', 'oss-read', 'oss-tags', 'oss-bandwidth'];
    expect(skipped.map(({ item }) => item.id)).toEqual(ids);
    expect(new Set(skipped.map(({ because }) => because))).toEqual(new Set(['oss-identity']));
  });

  it('all requests to S3 are those of S3_ROLE_ARN', async () => {
    const stage = useStage();
    const keys = new Set<string>();
    stage.intercept.s3 = ({ request }) => {
      // The clock is asked unsigned.
      const key = keyOf(request);
      if (key !== undefined) keys.add(key);
      return false;
    };
    const role = { S3_ROLE_ARN: 'arn:aws:iam::444455556666:role/into-the-bucket' };
    const results = await stage.examine({ environment: { ...stage.environment, ...role } });
    expect(results.filter(({ finding }) => finding.status === 'problem')).toEqual([]);
    expect(results.filter(({ item, finding }) => item.area === 'S3' && finding.status === 'ok').length).toBeGreaterThan(
      4,
    );
    expect([...keys].filter(key => !key.startsWith('ASIAROLE'))).toEqual([]);
    expect(keys.size).toBeGreaterThan(0);
  });

  it('a role that may not be assumed is said once, and what needs it is not looked at', async () => {
    const stage = useStage();
    stage.sts.refuse('AssumeRole', 'AccessDenied');
    const role = { S3_ROLE_ARN: 'arn:aws:iam::444455556666:role/into-the-bucket' };
    const results = await stage.examine({ environment: { ...stage.environment, ...role } });
    expect(idsWith(results, 'problem')).toEqual(['s3-role']);
    const because = results.filter(each => each.because === 's3-role').map(({ item }) => item.id);
    expect(because).toEqual(['s3-bucket', 's3-ownership', 's3-write', 's3-multipart', 's3-tags', 's3-lifecycle']);
  });

  it('a file of the key that goes away after the settings were read is said by the line of the key', async () => {
    const stage = useStage();
    const path = join(stage.folder, 'going');
    writeFileSync(path, LOCAL.ossCredentials.accessKeySecret);
    const environment = { ...stage.environment, OSS_ACCESS_KEY_SECRET: '', OSS_ACCESS_KEY_SECRET_FILE: path };
    const onResult = ({ item }: ItemResult) => {
      if (item.id === 'config') rmSync(path);
    };
    const results = await stage.examine({ environment, only: ['oss-read'], onResult });
    expect(idsWith(results, 'problem')).toEqual(['oss-key']);
    expect(results.find(({ item }) => item.id === 'oss-key')?.finding.text).toContain('which does not exist');
    expect(results.at(-1)).toMatchObject({ item: { id: 'oss-read' }, because: 'oss-key' });
  });

  it('a command that prints the key is run once', async () => {
    const stage = useStage();
    const { accessKeyId, accessKeySecret } = LOCAL.ossCredentials;
    const log = join(stage.folder, 'runs');
    const key = JSON.stringify({ access_key_id: accessKeyId, secret_access_key: accessKeySecret });
    const OSS_CREDENTIALS_COMMAND = `echo run >> '${log}'; echo '${key}'`;
    const own = { OSS_ACCESS_KEY_ID: '', OSS_ACCESS_KEY_SECRET: '', OSS_CREDENTIALS_COMMAND };
    const results = await stage.examine({ environment: { ...stage.environment, ...own } });
    expect(idsWith(results, 'problem')).toEqual([]);
    expect(readFileSync(log, 'utf8')).toBe('run\n');
  });

  it('without settings nothing is asked of anybody', async () => {
    const results = await useStage().examine({ environment: {} });
    expect(results[0]).toMatchObject({ item: { id: 'config' }, finding: { status: 'problem' } });
    expect(results.slice(1).every(({ because }) => because === 'config')).toBe(true);
    expect(results).toHaveLength(1 + WORKER_ITEMS.length);
  });

  it('an item that there is not is refused, with those that there are', async () => {
    await expect(useStage().examine({ only: ['s3-wirte'] })).rejects.toMatchObject({
      code: 'invalid-arguments',
      message: expect.stringMatching(/s3-wirte.*s3-write/),
    });
  });
});

function idsWith(results: readonly ItemResult[], status: ItemResult['finding']['status']): readonly string[] {
  return results.filter(({ finding }) => finding.status === status).map(({ item }) => item.id);
}

function keyOf({ headers }: IncomingMessage): string | undefined {
  return /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
}

describe('Ctrl-C', () => {
  // Each is stopped when this request has had its effect, and its answer is lost.
  it.each([
    ['PutObject', ['s3-write']],
    ['UploadPart', ['s3-write']],
    ['CreateMultipartUpload', ['s3-write']],
    ['CompleteMultipartUpload', ['s3-multipart']],
  ])('during %s leaves no key and no upload, and nothing to say but that', async (operation, only) => {
    const stage = useStage();
    const stop = new AbortController();
    let met = 0;
    stage.intercept.s3 = exchange => {
      // The first Complete is that of s3-write, which s3-multipart needs.
      if (exchange.operation !== operation || ++met <= (operation === 'CompleteMultipartUpload' ? 1 : 0)) return false;
      delete stage.intercept.s3;
      exchange.response.writeHead = () => {
        stop.abort();
        exchange.request.socket.resetAndDestroy();
        return exchange.response;
      };
      return false;
    };
    const results = await stage.examine({ only, signal: stop.signal });
    expect(results.at(-1)?.finding).toEqual({ status: 'skipped', text: 'Interrupted.' });
    expect(await stage.leftovers()).toEqual([]);
  });

  it('during the wait for a probe message removes it', async () => {
    const stage = useStage();
    const stop = new AbortController();
    const id = stage.cloud.faults.add({
      service: 'sqs',
      operation: 'ReceiveMessage',
      skip: 1,
      times: 1,
      fault: { kind: 'latency', milliseconds: 20_000 },
    });
    const examining = stage.examine({ only: ['sqs-live-use'], signal: stop.signal });
    await expect.poll(() => stage.cloud.faults.list().find(rule => rule.id === id)?.struck).toBe(1);
    stop.abort();
    expect((await examining).at(-1)?.finding.text).toBe('Interrupted.');
    expect(await stage.leftovers()).toEqual([]);
  });

  it('before the start ends at once', async () => {
    const results = await useStage().examine({ signal: AbortSignal.abort() });
    expect(results.slice(1).every(({ finding }) => finding.text === 'Interrupted.')).toBe(true);
  });
});
