// The least that Node does for these bytes over undici: GET and PUT, unsigned, nothing checked, nothing remembered, buffers used again.

import { Pool } from 'undici';
import { MEBIBYTE } from '../../shared/limits.ts';
import type { Variant } from './variant.ts';

const CONNECTIONS = 64;
const PART_BYTES = 8 * MEBIBYTE;
const CONCURRENT_PARTS = 4;

export function createFloorVariant(environment: Readonly<Record<string, string | undefined>>): Variant {
  const oss = new Pool(environment.OSS_ENDPOINT ?? '', { connections: CONNECTIONS });
  const s3 = new Pool(environment.AWS_ENDPOINT_URL_S3 ?? '', { connections: CONNECTIONS });

  async function move(path: string, bytes: { readonly start: number; readonly end: number }, into: Buffer) {
    const range = `bytes=${bytes.start}-${bytes.end - 1}`;
    const answer = await oss.request({ method: 'GET', path, headers: { range } });
    let at = 0;
    for await (const piece of answer.body) at += piece.copy(into, at);
    const put = await s3.request({ method: 'PUT', path, body: into.subarray(0, at) });
    await put.body.dump();
  }

  return {
    async copy({ key, sizeBytes }) {
      const path = `/bench/${key}`;
      if (sizeBytes <= PART_BYTES) return await move(path, { start: 0, end: sizeBytes }, Buffer.allocUnsafe(sizeBytes));
      let next = 0;
      const lane = async () => {
        const buffer = Buffer.allocUnsafeSlow(PART_BYTES);
        while (next < sizeBytes) {
          const start = next;
          next += PART_BYTES;
          await move(path, { start, end: Math.min(sizeBytes, next) }, buffer);
        }
      };
      await Promise.all(Array.from({ length: CONCURRENT_PARTS }, lane));
    },
    async close() {
      await oss.close();
      await s3.close();
    },
  };
}
