import { describe, expect, it } from 'vitest';
import { AwsChunkedDecoder } from '../../../../local/s3/aws-chunked.ts';

const LARGE = 'x'.repeat(8192);

async function decode(source: string, options: { sliceBytes: number; hasTrailer?: boolean }) {
  const decoder = new AwsChunkedDecoder({ hasTrailer: options.hasTrailer ?? true });
  const bytes = Buffer.from(source);
  async function* slices() {
    for (let at = 0; at < bytes.length; at += options.sliceBytes) yield bytes.subarray(at, at + options.sliceBytes);
  }
  let text = '';
  for await (const chunk of decoder.decode(slices())) text += Buffer.from(chunk).toString();
  return { text, trailers: Object.fromEntries(decoder.trailers) };
}

describe('aws-chunked', () => {
  it.each([1, 2, 3, 7, 8192, 100_000])('decodes a body that arrives in slices of %i bytes', async sliceBytes => {
    const source = `2000;chunk-signature=ab\r\n${LARGE}\r\n3\r\na\r\n\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\nOther:1\r\n\r\n`;
    expect(await decode(source, { sliceBytes })).toEqual({
      text: `${LARGE}a\r\n`,
      trailers: { 'x-amz-checksum-crc32': 'AAAAAA==', other: '1' },
    });
  });

  it('decodes the empty body', async () => {
    expect(await decode('0\r\n\r\n', { sliceBytes: 1, hasTrailer: false })).toEqual({ text: '', trailers: {} });
  });

  it.each([
    ['a body that ends within a chunk', '5\r\nabc', 'IncompleteBody'],
    ['a body without its last chunk', '3\r\nabc\r\n', 'IncompleteBody'],
    ['a size that is no number', 'zz\r\n', 'IncompleteBody'],
    ['data longer than its size', '2\r\nabc\r\n0\r\n\r\n', 'IncompleteBody'],
    ['a trailer that ends midway', '0\r\nx-amz-checksum-crc32:AA', 'IncompleteBody'],
    ['a trailer without a colon', '0\r\nwhat\r\n\r\n', 'MalformedTrailerError'],
    ['a small chunk that is not the last', '1\r\na\r\n1\r\nb\r\n0\r\n\r\n', 'InvalidChunkSizeError'],
    ['an endless size line', '0'.repeat(10_000), 'IncompleteBody'],
  ])('refuses %s', async (_, source, code) => {
    await expect(decode(source, { sliceBytes: 4 })).rejects.toMatchObject({ code });
  });
});
