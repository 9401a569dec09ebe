import { createHash, createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createS3Signer, type RequestToSign, UNSIGNED_PAYLOAD } from '../../../../aws-worker/storage/s3-v4-signer.ts';
import { encodeKeyForUrl } from '../../../../shared/keys/key-rules.ts';

interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
}

interface SdkSigner {
  sign(request: SdkRequest, options: { signingDate: Date }): Promise<{ headers: Record<string, string> }>;
}

type SdkSignerClass = new (options: object) => SdkSigner;

// The SDK's signer comes with @aws-sdk/client-s3; it is the reference here and nowhere else.
const requireFrom = createRequire(createRequire(import.meta.url).resolve('@aws-sdk/client-s3'));
const { SignatureV4 } = requireFrom('@smithy/signature-v4') as { SignatureV4: SdkSignerClass };

class NodeSha256 {
  readonly #hash: ReturnType<typeof createHmac> | ReturnType<typeof createHash>;
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }
}

const identity = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const date = new Date('2026-11-20T23:59:59.999Z');

async function signedBySdk(request: RequestToSign, query: Record<string, string>, credentials: object, region: string) {
  const signer = new SignatureV4({
    credentials,
    region,
    service: 's3',
    sha256: NodeSha256,
    uriEscapePath: false,
    applyChecksum: true,
  });
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol: 'https:',
      hostname: request.headers.host ?? '',
      path: request.path,
      query,
      headers: { ...request.headers, 'x-amz-content-sha256': request.payloadHash },
    },
    { signingDate: request.date },
  );
  return headers;
}

const worstKeys = [
  'a//b',
  './a',
  'a/../b',
  '../..',
  '+ %20',
  'a=b&c?d#e',
  'quotes\'"`',
  '!()*~-._',
  '\u{1F600}/中文',
  'x\uFFFE\u0001',
  'folder/',
  'é'.repeat(512),
];
const key = fc.oneof(
  fc.constantFrom(...worstKeys),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter(text => text.isWellFormed()),
);
const headerValue = fc.string({ unit: 'grapheme-ascii', maxLength: 40 });

describe('createS3Signer', () => {
  it('signs as the SDK does, whatever the key, the headers and the credentials', async () => {
    await fc.assert(
      fc.asyncProperty(
        key,
        headerValue,
        headerValue,
        fc.option(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), { nil: undefined }),
        fc.constantFrom('us-east-1', 'cn-north-1'),
        async (name, metadata, cacheControl, sessionToken, region) => {
          const request: RequestToSign = {
            method: 'PUT',
            path: `/bucket/${encodeKeyForUrl(name)}`,
            query: '',
            headers: {
              host: 'bucket.s3.amazonaws.com',
              'content-length': '3',
              'cache-control': cacheControl,
              'user-agent': 'any',
              'x-amz-meta-a': metadata,
              'if-none-match': '*',
            },
            payloadHash: UNSIGNED_PAYLOAD,
            date,
          };
          const credentials = sessionToken === undefined ? identity : { ...identity, sessionToken };
          const ours = createS3Signer({ region, service: 's3' }).sign(request, credentials);
          expect(ours).toEqual(await signedBySdk(request, {}, credentials, region));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('signs the query of a part as the SDK does', async () => {
    const uploadId = 'a/b+c=d~e.f_g-h !';
    const request: RequestToSign = {
      method: 'PUT',
      path: '/key',
      query: `partNumber=7&uploadId=${encodeKeyForUrl(uploadId).replaceAll('/', '%2F')}`,
      headers: { host: 'b.s3.amazonaws.com' },
      payloadHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      date,
    };
    const ours = createS3Signer({ region: 'eu-west-1', service: 's3' }).sign(request, identity);
    expect(ours).toEqual(await signedBySdk(request, { partNumber: '7', uploadId }, identity, 'eu-west-1'));
  });

  it('derives a new key when the day or the secret changes, and only then signs differently', async () => {
    const signer = createS3Signer({ region: 'us-east-1', service: 's3' });
    const request = {
      method: 'PUT',
      path: '/k',
      query: '',
      headers: { host: 'h' },
      payloadHash: UNSIGNED_PAYLOAD,
      date,
    };
    const nextDay = { ...request, date: new Date('2026-11-21T00:00:00Z') };
    const other = { ...identity, secretAccessKey: 'another' };
    for (const [asked, credentials] of [
      [request, identity],
      [nextDay, identity],
      [request, identity],
      [request, other],
      [request, identity],
    ] as const) {
      const expected = await signedBySdk(asked, {}, credentials, 'us-east-1');
      expect(signer.sign(asked, credentials).authorization).toBe(expected.authorization);
    }
  });

  it("agrees with Amazon's published example of a PUT", () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html ("Example: PUT Object")
    const headers = createS3Signer({ region: 'us-east-1', service: 's3' }).sign(
      {
        method: 'PUT',
        path: '/test%24file.text',
        query: '',
        headers: {
          host: 'examplebucket.s3.amazonaws.com',
          date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        },
        payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
        date: new Date('2013-05-24T00:00:00Z'),
      },
      { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
    );
    expect(headers.authorization).toContain(
      'Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    );
  });
});
