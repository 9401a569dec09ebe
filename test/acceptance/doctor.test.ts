// The doctor beside a worker that is at work: it disturbs nothing, and what it sends is settled without a trace.

import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { examine } from '../../cli/doctor/examine.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import { type Bridge, deadLetters, startBridge } from './bridge.ts';

let bridge: Bridge;
beforeEach(async () => {
  bridge = await startBridge();
  for (const [name, value] of Object.entries(bridge.environment)) if (name.startsWith('AWS_')) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await bridge.close();
});

describe('bridge doctor, beside a worker', () => {
  it('has nothing to mend, sees its messages taken and the worker answer, and leaves no dead letter, no object and no failure', async () => {
    const worker = await bridge.startWorker();
    await bridge.oss.put('a.txt', Buffer.from('hello'));
    await bridge.untilQuiet();
    const results = await examine({
      environment: { ...bridge.environment, PORT: new URL(worker.url).port },
      signal: new AbortController().signal,
      seams: { arrivalSeconds: 2 },
    });
    const textOf = (id: string) => results.find(({ item }) => item.id === id)?.finding.text;
    expect(textOf('sqs-live-use')).toContain('taken by a worker');
    expect(textOf('sqs-backfill-use')).toContain('taken by a worker');
    expect(textOf('http-port')).toContain('A bridge answers');
    expect(textOf('ledger')).toContain('in the last minute: 1');
    expect(results.filter(({ finding }) => ['problem', 'warning'].includes(finding.status))).toEqual([]);
    await bridge.untilQuiet();
    expect(deadLetters(bridge)).toEqual([]);
    const { Contents = [] } = await bridge.s3.send(new ListObjectsV2Command({ Bucket: LOCAL.s3Bucket }));
    expect(Contents.map(({ Key }) => Key)).toEqual(['a.txt']);
    expect(await bridge.workerLog()).not.toMatch(/"level":"(warn|error)"/);
  });
});
