import { afterAll, beforeAll, expect, it } from 'vitest';
import { benchEnvironment } from '../../bench/bench-environment.ts';
import type { LightServer } from '../../bench/servers/light-http.ts';
import { benchKey, startLightOss } from '../../bench/servers/light-oss.ts';
import { startLightS3 } from '../../bench/servers/light-s3.ts';
import { createFloorVariant } from '../../bench/variants/floor.ts';
import { Crc64 } from '../../shared/checksums/crc64.ts';
import { MEBIBYTE } from '../../shared/limits.ts';

let oss: LightServer;
let s3: LightServer;
beforeAll(async () => {
  oss = await startLightOss();
  s3 = await startLightS3();
});
afterAll(() => {
  oss.close();
  s3.close();
});

function ossUrl(sizeBytes: number): string {
  return `http://127.0.0.1:${oss.port}/bench/${benchKey(sizeBytes, 1)}`;
}

it.each([0, 1, 10_240, MEBIBYTE, 2 * MEBIBYTE + 3])(
  'serves %d bytes whose CRC-64 is the one that it says',
  async size => {
    const answer = await fetch(ossUrl(size));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(bytes.length).toBe(size);
    expect(answer.headers.get('x-oss-hash-crc64ecma')).toBe(new Crc64().update(bytes).digest().toString());
  },
);

it('serves a range as the same bytes of the whole', async () => {
  const [start, end] = [MEBIBYTE - 7, MEBIBYTE + 9];
  const whole = await (await fetch(ossUrl(3 * MEBIBYTE))).bytes();
  const range = await fetch(ossUrl(3 * MEBIBYTE), { headers: { range: `bytes=${start}-${end - 1}` } });
  expect(range.status).toBe(206);
  expect(range.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${3 * MEBIBYTE}`);
  expect(await range.bytes()).toEqual(whole.subarray(start, end));
});

it('lets the floor move small and large objects', async () => {
  const floor = createFloorVariant(benchEnvironment({ oss: oss.port, s3: s3.port }));
  for (const sizeBytes of [1, 20 * MEBIBYTE]) await floor.copy({ key: benchKey(sizeBytes, 1), sizeBytes });
  await floor.close();
});
