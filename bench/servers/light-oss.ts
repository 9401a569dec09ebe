// An OSS that has every object: the key says how long it is (`bytes-10240/…`), and the bytes are one block over and over.

import { Crc64, combineCrc64 } from '../../shared/checksums/crc64.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { type LightAnswer, type LightRequest, type LightServer, startLightServer } from './light-http.ts';

const BLOCK_BYTES = MEBIBYTE;

export function benchKey(sizeBytes: number, index: number): string {
  return `bytes-${sizeBytes}/object-${String(index).padStart(7, '0')}`;
}

export async function startLightOss(): Promise<LightServer> {
  const block = Buffer.alloc(BLOCK_BYTES, 'The same bytes for everyone who is measured. ');
  const crc64s = new Map<number, string>();
  return await startLightServer(request => {
    const sizeBytes = Number(/bytes-(\d+)\//.exec(request.path)?.[1]);
    if (!Number.isSafeInteger(sizeBytes)) return { head: 'HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n' };
    const crc64 = crc64s.get(sizeBytes) ?? crc64Of(block, sizeBytes).toString();
    crc64s.set(sizeBytes, crc64);
    return answer(request, { sizeBytes, crc64, block });
  });
}

function answer(
  request: LightRequest,
  object: { readonly sizeBytes: number; readonly crc64: string; readonly block: Buffer },
): LightAnswer {
  const { sizeBytes, crc64, block } = object;
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.header('range') ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = range === null ? sizeBytes : Number(range[2]) + 1;
  const head = [
    range === null ? 'HTTP/1.1 200 OK' : 'HTTP/1.1 206 Partial Content',
    'server: AliyunOSS',
    'date: Thu, 01 Jan 2026 00:00:00 GMT',
    'content-type: application/octet-stream',
    `content-length: ${end - start}`,
    ...(range === null ? [] : [`content-range: bytes ${start}-${end - 1}/${sizeBytes}`]),
    'x-oss-request-id: 0123456789ABCDEF01234567',
    'accept-ranges: bytes',
    'etag: "5D41402ABC4B2A76B9719D911017C592"',
    'last-modified: Thu, 01 Jan 2026 00:00:00 GMT',
    'x-oss-object-type: Normal',
    `x-oss-hash-crc64ecma: ${crc64}`,
    'x-oss-storage-class: Standard',
    'x-oss-server-time: 1',
    '\r\n',
  ].join('\r\n');
  return request.method === 'HEAD' ? { head } : { head, body: bytesOf(block, start, end) };
}

function* bytesOf(block: Buffer, start: number, end: number): Generator<Buffer> {
  for (let at = start; at < end; ) {
    const offset = at % block.length;
    const length = Math.min(block.length - offset, end - at);
    yield block.subarray(offset, offset + length);
    at += length;
  }
}

function crc64Of(block: Buffer, sizeBytes: number): bigint {
  const ofBlock = new Crc64().update(block).digest();
  const restBytes = sizeBytes % block.length;
  const ofRest = new Crc64().update(block.subarray(0, restBytes)).digest();
  let whole = 0n;
  for (let blocks = Math.floor(sizeBytes / block.length); blocks > 0; blocks--) {
    whole = combineCrc64(whole, ofBlock, block.length);
  }
  return combineCrc64(whole, ofRest, restBytes);
}
