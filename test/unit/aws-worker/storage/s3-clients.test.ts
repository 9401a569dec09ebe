import { afterEach, describe, expect, it, vi } from 'vitest';
import { createS3Clients, resolveBucketAddress } from '../../../../aws-worker/storage/s3-clients.ts';
import type { S3DestinationOptions } from '../../../../aws-worker/storage/s3-options.ts';
import { createLog } from '../../../../shared/log.ts';

const base: S3DestinationOptions = {
  bucket: 'bucket',
  region: 'us-east-1',
  forcePathStyle: false,
  credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
  metadataOverflow: 'fail',
  maxConnections: 1,
  log: createLog({ level: 'silent' }),
};

async function addressOf(options: Partial<S3DestinationOptions>) {
  const all = { ...base, ...options };
  const clients = createS3Clients(all);
  try {
    return await resolveBucketAddress(clients.control, all.bucket);
  } finally {
    clients.close();
  }
}

afterEach(() => vi.unstubAllEnvs());

describe('resolveBucketAddress', () => {
  it.each<[string, Partial<S3DestinationOptions>, string, string, string]>([
    ['AWS', {}, 'https://bucket.s3.us-east-1.amazonaws.com', '/', 'us-east-1'],
    ['China', { region: 'cn-north-1' }, 'https://bucket.s3.cn-north-1.amazonaws.com.cn', '/', 'cn-north-1'],
    ['path style', { forcePathStyle: true }, 'https://s3.us-east-1.amazonaws.com', '/bucket/', 'us-east-1'],
    ['a bucket with dots', { bucket: 'a.b.c' }, 'https://s3.us-east-1.amazonaws.com', '/a.b.c/', 'us-east-1'],
    [
      'an endpoint of its own',
      { endpoint: 'http://127.0.0.1:9000/s3', forcePathStyle: true },
      'http://127.0.0.1:9000',
      '/s3/bucket/',
      'us-east-1',
    ],
    [
      "an access point, whose region is its ARN's",
      { bucket: 'arn:aws:s3:us-east-1:123456789012:accesspoint/point' },
      'https://point-123456789012.s3-accesspoint.us-east-1.amazonaws.com',
      '/',
      'us-east-1',
    ],
  ])('knows %s', async (_name, options, origin, basePath, region) => {
    const host = new URL(origin).host;
    expect(await addressOf(options)).toEqual({ origin, host, basePath, region, service: 's3' });
  });

  it("honours the SDK's environment", async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:7777');
    expect((await addressOf({ forcePathStyle: true })).origin).toBe('http://127.0.0.1:7777');
  });

  it.each(['x--use1-az4--x-s3', 'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap'])(
    'refuses %s, which is signed differently',
    async bucket => {
      await expect(addressOf({ bucket })).rejects.toMatchObject({
        kind: 'permanent',
        code: 'destination-not-supported',
      });
    },
  );
});

describe('createS3Clients', () => {
  it('signs with the time that the server has', () => {
    const clients = createS3Clients(base);
    clients.correctClock(new Date(Date.now() + 3_600_000));
    expect(clients.now().getTime() - Date.now()).toBeGreaterThan(3_590_000);
    clients.close();
  });

  it('asks for credentials once, and again when it must', async () => {
    const credentials = vi.fn(async () => ({
      accessKeyId: 'AKIDTEST',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: new Date(Date.now() + 3_600_000),
    }));
    const clients = createS3Clients({ ...base, credentials });
    await clients.identity();
    expect(await clients.identity()).toMatchObject({ sessionToken: 'token' });
    expect(credentials).toHaveBeenCalledTimes(1);
    const refused = await clients.identity();
    credentials.mockResolvedValueOnce({
      ...refused,
      sessionToken: 'next',
      expiration: new Date(Date.now() + 3_600_000),
    });
    await Promise.all([clients.renewIdentity(refused), clients.renewIdentity(refused)]);
    // Somebody has renewed it: the next to be refused with the old one asks for nothing.
    expect(await clients.renewIdentity(refused)).toMatchObject({ sessionToken: 'next' });
    expect(credentials).toHaveBeenCalledTimes(2);
    clients.close();
  });
});
