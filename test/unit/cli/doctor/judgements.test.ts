// The rules by which what was found is judged, where they are pure.

import { describe, expect, it } from 'vitest';
import type { ListedObject } from '../../../../aws-worker/backfill/source-listing.ts';
import { judgeClock } from '../../../../cli/doctor/clock-items.ts';
import { judgeQueue } from '../../../../cli/doctor/judge-queue.ts';
import { judgeDisk } from '../../../../cli/doctor/ledger-items.ts';
import { judgeBandwidth } from '../../../../cli/doctor/oss-bandwidth-item.ts';
import { judgeSample } from '../../../../cli/doctor/oss-object-items.ts';
import { judgeOwnership } from '../../../../cli/doctor/s3-items.ts';
import { GIBIBYTE, MEBIBYTE } from '../../../../shared/limits.ts';

describe('a clock', () => {
  it.each([
    [0, 'ok'],
    [1, 'ok'],
    [-60, 'ok'],
    [61, 'warning'],
    [-300, 'warning'],
    [301, 'problem'],
    [-4000, 'problem'],
  ])('%i s apart is %s', (seconds, status) => {
    expect(judgeClock(seconds).status).toBe(status);
  });

  it('says which way to turn it', () => {
    expect(judgeClock(90).text).toContain('90 s ahead');
    expect(judgeClock(-90).text).toContain('90 s behind');
  });
});

describe('a queue', () => {
  const GOOD = { MessageRetentionPeriod: '1209600', SqsManagedSseEnabled: 'true', VisibilityTimeout: '300' };
  const redrive = (maxReceiveCount: unknown) => ({
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: 'a', maxReceiveCount }),
  });
  const policy = (statement: object) => ({ Policy: JSON.stringify({ Statement: [statement] }) });
  const judge = (own: Record<string, string>) => judgeQueue('https://q', { ...GOOD, ...own });

  it('that is as it should be gets no warning, and is described', () => {
    const { warnings, summary } = judge(redrive('10'));
    expect(warnings).toEqual([]);
    expect(summary).toBe('keeps messages 14 days, visibility 300 s, dead letters after 10 receives, SSE-SQS');
  });

  it.each([
    ['is delayed', { DelaySeconds: '5' }, 'waits 5 s'],
    ['redrives too late', redrive(1000), 'comes back 1000 times'],
    ['is not encrypted', { SqsManagedSseEnabled: 'false' }, 'SqsManagedSseEnabled=true'],
    ['is open to all', policy({ Effect: 'Allow', Principal: '*', Action: 'sqs:*' }), 'lets anybody'],
    ['is open to all AWS', policy({ Effect: 'Allow', Principal: { AWS: ['x', '*'] } }), 'lets anybody'],
  ])('that %s is warned of', (_, own, says) => {
    expect(judge(own as Record<string, string>).warnings).toEqual([expect.stringContaining(says)]);
  });

  it.each([
    ['a KMS key', { SqsManagedSseEnabled: 'false', KmsMasterKeyId: 'alias/k' }],
    ['a policy for one user', policy({ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::1:user/f' } })],
    ['a policy with a condition', policy({ Effect: 'Allow', Principal: '*', Condition: { Bool: {} } })],
    ['a policy that denies', policy({ Effect: 'Deny', Principal: '*' })],
    ['a policy that is no JSON', { Policy: '{' }],
    ['nothing that its server tells', { SqsManagedSseEnabled: '' }],
  ])('with %s is fine', (_, own) => {
    expect(judge(own as Record<string, string>).warnings).toEqual([]);
  });
});

describe('ownership', () => {
  it.each([
    ['BucketOwnerEnforced', undefined, 'ok'],
    ['BucketOwnerEnforced', 'bucket-owner-full-control', 'ok'],
    ['BucketOwnerEnforced', 'private', 'problem'],
    ['BucketOwnerEnforced', 'bucket-owner-read', 'problem'],
    ['ObjectWriter', undefined, 'ok'],
    ['ObjectWriter', 'bucket-owner-full-control', 'ok'],
    ['BucketOwnerPreferred', 'private', 'ok'],
  ])('%s with S3_ACL %s is %s', (ownership, acl, status) => {
    expect(judgeOwnership(ownership, acl).status).toBe(status);
  });

  it("of another account's old bucket is advised", () => {
    expect(judgeOwnership('ObjectWriter', undefined).advice?.[0]).toContain('S3_ACL=bucket-owner-full-control');
  });
});

describe('a sample', () => {
  const listed = (own: Partial<ListedObject>): ListedObject => ({
    ...{ key: 'k', sizeBytes: 1, etag: 'e', lastModified: new Date(0), storageClass: 'Standard', type: 'Normal' },
    ...own,
  });

  it('is counted by class and type', () => {
    const { status, text } = judgeSample([listed({}), listed({ type: 'Symlink' }), listed({ storageClass: 'IA' })]);
    expect({ status, text }).toEqual({
      status: 'ok',
      text: 'Of the first 3: 2 Standard, 1 IA; 2 Normal, 1 Symlink.',
    });
  });

  it.each(['Archive', 'ColdArchive', 'DeepColdArchive'])('with class %s warns', storageClass => {
    expect(judgeSample([listed({ storageClass })])).toMatchObject({ status: 'warning', facts: { archived: 1 } });
  });
});

describe('bandwidth', () => {
  const config = (maxMegabitsPerSecond?: number) =>
    ({ tuning: { maxConcurrentObjects: 64 }, oss: { maxMegabitsPerSecond } }) as Parameters<
      typeof judgeBandwidth
    >[0]['config'];

  it('is told with what it means for a terabyte', () => {
    const finding = judgeBandwidth({ bytes: 8 * MEBIBYTE, milliseconds: 1000, config: config() });
    expect(finding.status).toBe('ok');
    expect(finding.text).toContain("8.0 MiB/s on one connection: 1 TiB in 36 h; with the worker's 64 in 34 min");
  });

  it('that is low says what may help', () => {
    const slow = { bytes: MEBIBYTE / 2, milliseconds: 3000 };
    expect(judgeBandwidth({ ...slow, config: config() })).toMatchObject({
      status: 'warning',
      advice: [expect.stringContaining('oss-accelerate')],
    });
    const limited = judgeBandwidth({ ...slow, config: config(10) });
    expect(limited.advice?.[0]).toContain('OSS_MAX_MEGABITS_PER_SECOND=10');
  });
});

describe('a disk', () => {
  it.each([
    ['ext4', 0xef53, 'ok'],
    ['overlay', 0x794c7630, 'ok'],
    ['NFS', 0x6969, 'problem'],
    ['CIFS, as a signed number', 0xff534d42 | 0, 'problem'],
    ['FUSE', 0x65735546, 'warning'],
  ])('%s is judged', (_, type, status) => {
    expect(judgeDisk('/data', { type, freeBytes: 100 * GIBIBYTE }).status).toBe(status);
  });
});
