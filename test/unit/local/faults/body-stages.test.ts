import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type BodyStage, chain, cut, flipBit, gzip, interrupt } from '../../../../local/faults/body-stages.ts';

const CHUNK_SIZES = [1, 3, 4, 10];

/** `0123456789` in chunks of that size. */
async function* digits(chunkSize: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from('0123456789');
  for (let start = 0; start < bytes.length; start += chunkSize) yield bytes.subarray(start, start + chunkSize);
}

async function through(stage: BodyStage, chunkSize: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stage(digits(chunkSize))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(CHUNK_SIZES)('in chunks of %d', size => {
  it.each([
    [0, '1123456789'],
    [4, '0123556789'],
    [9, '0123456788'],
    [10, '0123456789'],
  ])('flips the lowest bit of byte %d', async (atByte, text) => {
    expect((await through(flipBit(atByte), size)).toString()).toBe(text);
  });

  it.each([0, 1, 4, 9, 10, 11])('cuts after %d bytes, and reads to the end', async afterBytes => {
    let wasRead = 0;
    const counted: BodyStage = async function* count(body) {
      for await (const chunk of body) {
        wasRead += chunk.length;
        yield chunk;
      }
    };
    const bytes = await through(chain([counted, cut(afterBytes)]), size);
    expect(bytes.toString()).toBe('0123456789'.slice(0, afterBytes));
    expect(wasRead).toBe(10);
  });

  it.each([
    [0, false, 0],
    [4, false, 4],
    [10, false, 10],
    [11, false, undefined],
    [11, true, 10],
  ])('acts once after %d bytes (or at the end: %s), when they are through', async (afterBytes, orAtEnd, expected) => {
    let passed = 0;
    const acted: number[] = [];
    const act = async () => void acted.push(passed);
    for await (const chunk of interrupt({ afterBytes, orAtEnd, act })(digits(size))) passed += chunk.length;
    expect(passed).toBe(10);
    expect(acted).toEqual(expected === undefined ? [] : [expected]);
  });

  it('compresses', async () => {
    expect(gunzipSync(await through(gzip(), size)).toString()).toBe('0123456789');
  });
});

it('an act that throws ends the body there', async () => {
  const passed: string[] = [];
  const stage = interrupt({ afterBytes: 5, orAtEnd: false, act: () => Promise.reject(new Error('broken')) });
  const read = async () => {
    for await (const chunk of stage(digits(2))) passed.push(Buffer.from(chunk).toString());
  };
  await expect(read()).rejects.toThrow('broken');
  expect(passed.join('')).toBe('01234');
});

it('a reader that goes away in the midst of the compression leaves no error to nobody', async () => {
  for await (const chunk of gzip()(digits(2))) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  // An error that nobody listens for would fail the run after this.
  await new Promise(resolve => setImmediate(resolve));
});

it('a source that breaks breaks what comes out of the compression', async () => {
  const broken: BodyStage = async function* breakOff() {
    yield Buffer.from('x');
    throw new Error('broken');
  };
  await expect(through(chain([broken, gzip()]), 1)).rejects.toThrow('broken');
});
