import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  HeadBucketCommand,
  type LifecycleRule,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import { BUCKET, type LocalS3, REGION, startLocalS3 } from './local-s3-harness.ts';

let s3: LocalS3;
beforeEach(async () => {
  s3 = await startLocalS3();
});
afterEach(() => s3.close());

const md5 = (bytes: Buffer | string) => createHash('md5').update(bytes).digest('hex');
const put = (Key: string, options: Partial<PutObjectCommandInput> = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'content', ...options }));
const failure = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });

describe('listing', () => {
  const keys = ['a b+c&<d>', 'dir/one', 'dir/two', 'dir2/three', 'last', '～', '😀'];

  it.each(['url', undefined] as const)('lists in UTF-8 order, page by page, with encoding %s', async EncodingType => {
    for (const key of [...keys].reverse()) await put(key);
    const seen: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.client.send(
        new ListObjectsV2Command({ Bucket: BUCKET, MaxKeys: 2, EncodingType, ContinuationToken }),
      );
      for (const { Key = '' } of page.Contents ?? []) {
        seen.push(EncodingType ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key);
      }
      expect(page.IsTruncated).toBe(seen.length < keys.length);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(seen).toEqual(keys);
  });

  it('rolls keys up to the delimiter, each prefix once over all pages', async () => {
    for (const key of keys) await put(key);
    const seen: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const page = await s3.client.send(new ListObjectsCommand({ Bucket: BUCKET, Delimiter: '/', MaxKeys: 1, Marker }));
      seen.push(
        ...(page.CommonPrefixes ?? []).map(entry => entry.Prefix),
        ...(page.Contents ?? []).map(entry => entry.Key),
      );
      Marker = page.NextMarker;
    } while (Marker);
    expect(seen).toEqual(['a b+c&<d>', 'dir/', 'dir2/', 'last', '～', '😀']);
    const inside = await s3.client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'dir/', Delimiter: '/', StartAfter: 'dir/one' }),
    );
    expect(inside).toMatchObject({ KeyCount: 1, Contents: [{ Key: 'dir/two', Size: 7, ETag: `"${md5('content')}"` }] });
  });

  it('refuses a continuation token that it did not give', async () => {
    const list = s3.client.send(new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken: 'made-up' }));
    await expect(list).rejects.toMatchObject(failure('InvalidArgument', 400));
  });

  it('deletes 1000 keys at once, whatever is in them', async () => {
    const many = Array.from({ length: 1000 }, (_, n) => `${' &<>"'.repeat(30)}${n}`);
    for (const key of many.slice(0, 3)) await put(key);
    const Delete = { Objects: many.map(Key => ({ Key })) };
    const answer = await s3.client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete }));
    expect(answer.Deleted?.map(entry => entry.Key)).toEqual(many);
    expect(await s3.store.list({ prefix: '', startAfter: '', limit: 1 })).toEqual([]);
    await put('k');
    const guarded = await s3.client.send(
      new DeleteObjectsCommand({
        Bucket: BUCKET,
        Delete: { Quiet: true, Objects: [{ Key: 'k', ETag: 'x' }, { Key: 'none' }] },
      }),
    );
    expect(guarded.Deleted).toBeUndefined();
    expect(guarded.Errors).toMatchObject([{ Key: 'k', Code: 'PreconditionFailed' }]);
  });
});

describe('buckets', () => {
  it('finds, lists and locates', async () => {
    expect((await s3.client.send(new HeadBucketCommand({ Bucket: BUCKET }))).BucketRegion).toBe(REGION);
    expect((await s3.client.send(new GetBucketLocationCommand({ Bucket: BUCKET }))).LocationConstraint).toBe(REGION);
    expect((await s3.client.send(new ListBucketsCommand({}))).Buckets?.map(bucket => bucket.Name)).toEqual([BUCKET]);
    await expect(s3.client.send(new HeadBucketCommand({ Bucket: 'none' }))).rejects.toMatchObject(
      failure('NotFound', 404),
    );
  });

  it('says that there are no ACLs', async () => {
    const answer = await s3.client.send(new GetBucketOwnershipControlsCommand({ Bucket: BUCKET }));
    expect(answer.OwnershipControls?.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
  });

  it('creates buckets only when it was given a way to', async () => {
    await expect(s3.client.send(new CreateBucketCommand({ Bucket: BUCKET }))).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    });
    await expect(s3.client.send(new CreateBucketCommand({ Bucket: 'fresh' }))).rejects.toMatchObject({
      name: 'NotImplemented',
    });
    const able = await startLocalS3({ createStore: () => new MemoryObjectStore() });
    await able.client.send(new CreateBucketCommand({ Bucket: 'fresh' }));
    await able.client.send(new PutObjectCommand({ Bucket: 'fresh', Key: 'k', Body: 'x' }));
    await able.close();
  });

  it('keeps lifecycle rules', async () => {
    const ask = new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET });
    await expect(s3.client.send(ask)).rejects.toMatchObject(failure('NoSuchLifecycleConfiguration', 404));
    const Rules = [
      {
        ID: 'a',
        Status: 'Enabled' as const,
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ];
    const command = { Bucket: BUCKET, LifecycleConfiguration: { Rules } };
    await s3.client.send(new PutBucketLifecycleConfigurationCommand(command));
    expect((await s3.client.send(ask)).Rules).toEqual(Rules);
    await s3.client.send(
      new PutBucketLifecycleConfigurationCommand({
        ...command,
        TransitionDefaultMinimumObjectSize: 'varies_by_storage_class',
      }),
    );
    expect(await s3.client.send(ask)).toMatchObject({ TransitionDefaultMinimumObjectSize: 'varies_by_storage_class' });
    await s3.client.send(new PutBucketLifecycleConfigurationCommand(command));
    expect(await s3.client.send(ask)).toMatchObject({ TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K' });
    await s3.client.send(new DeleteBucketLifecycleCommand({ Bucket: BUCKET }));
    await expect(s3.client.send(ask)).rejects.toMatchObject(failure('NoSuchLifecycleConfiguration', 404));
  });
});

it('refuses lifecycle rules of two forms in one configuration, and two of one name', async () => {
  const put = (Rules: LifecycleRule[]) =>
    s3.client.send(new PutBucketLifecycleConfigurationCommand({ Bucket: BUCKET, LifecycleConfiguration: { Rules } }));
  const rule = (ID: string, own: Partial<LifecycleRule>): LifecycleRule => ({
    ID,
    Status: 'Enabled',
    Expiration: { Days: 1 },
    ...own,
  });
  await put([rule('a', { Prefix: 'x' }), rule('b', { Prefix: 'y' })]);
  await expect(put([rule('a', { Prefix: 'x' }), rule('b', { Filter: { Prefix: 'y' } })])).rejects.toMatchObject({
    name: 'InvalidRequest',
    message: 'Filter element can only be used in Lifecycle V2.',
  });
  await expect(put([rule('a', { Prefix: 'x' }), rule('a', { Prefix: 'y' })])).rejects.toMatchObject({
    name: 'InvalidArgument',
  });
});

describe('interception', () => {
  it('sees each request by name, and may answer in the server’s place', async () => {
    const seen: string[] = [];
    const faulty = await startLocalS3({
      intercept: ({ operation, bucket, key, response }) => {
        seen.push(`${operation} ${bucket}/${key}`);
        if (seen.length > 1) return false;
        response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
        return true;
      },
    });
    const command = () => new PutObjectCommand({ Bucket: BUCKET, Key: 'k', Body: 'x' });
    await expect(faulty.client.send(command())).rejects.toMatchObject(failure('SlowDown', 503));
    await faulty.client.send(command());
    await faulty.close();
    expect(seen).toEqual([`PutObject ${BUCKET}/k`, `PutObject ${BUCKET}/k`]);
  });

  it('may hold a request for ever without keeping the server from closing', async () => {
    let report: () => void = () => {};
    const intercepted = new Promise<void>(resolve => {
      report = resolve;
    });
    const stuck = await startLocalS3({
      intercept: () => {
        report();
        return new Promise<boolean>(() => {});
      },
    });
    const refused = expect(stuck.client.send(new HeadBucketCommand({ Bucket: BUCKET }))).rejects.toThrow();
    await intercepted;
    await stuck.close();
    await refused;
  });
});
