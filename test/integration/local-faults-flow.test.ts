// What faults must not break: connections that are kept, and back-pressure.

import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FaultEngine } from '../../local/faults/fault-engine.ts';
import type { Fault } from '../../local/faults/fault-rule.ts';
import { MemoryObjectStore } from '../../local/store/memory-object-store.ts';
import type { StoredObject } from '../../local/store/object-store.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { BUCKET, presign, sendRaw, startLocalS3 } from './local-s3-harness.ts';

const CHUNK_BYTES = 64 * 1024;
const OBJECT_BYTES = 64 * MEBIBYTE;
/** What two sockets and a few streams hold on to. */
const BUFFERED_BYTES = 16 * MEBIBYTE;

/** An object that is made as it is read; counts what was asked for. */
class LongStore extends MemoryObjectStore {
  readBytes = 0;

  override async find(key: string): Promise<StoredObject | undefined> {
    const object = await super.find(key);
    return object === undefined ? undefined : { ...object, sizeBytes: OBJECT_BYTES };
  }

  override async *read(_: StoredObject, { start, end }: { start: number; end: number }): AsyncGenerator<Uint8Array> {
    for (let left = end - start; left > 0; left -= CHUNK_BYTES) {
      this.readBytes += CHUNK_BYTES;
      yield new Uint8Array(Math.min(CHUNK_BYTES, left));
    }
  }
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startS3(fault: Fault) {
  const faults = new FaultEngine();
  const long = new LongStore();
  const s3 = await startLocalS3({ faults, buckets: new Map([[BUCKET, long]]) });
  closers.push(
    () => faults.close(),
    () => s3.close(),
  );
  const staged = await long.stage();
  await long.commit('key', [staged], { headers: {}, metadata: {}, tags: {}, attributes: {}, etag: 'x' });
  const id = faults.add({ service: 's3', fault });
  return { faults, id, long, url: presign(s3.server, { method: 'GET', key: 'key' }) };
}

function get(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent }, resolve).on('error', reject).end();
  });
}

async function sizeOf(answer: IncomingMessage): Promise<number> {
  let sizeBytes = 0;
  for await (const chunk of answer) sizeBytes += chunk.length;
  return sizeBytes;
}

describe('a body that is stalled', () => {
  it('is not read ahead, and comes whole when it goes on', async () => {
    const { faults, id, long, url } = await startS3({ kind: 'stall', afterBytes: MEBIBYTE });
    const answer = await get(url, new Agent());
    const size = sizeOf(answer);
    await vi.waitFor(() => expect(long.readBytes).toBeGreaterThanOrEqual(MEBIBYTE));
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(long.readBytes).toBeLessThan(MEBIBYTE + BUFFERED_BYTES);
    faults.remove(id);
    expect(await size).toBe(OBJECT_BYTES);
    expect(long.readBytes).toBe(OBJECT_BYTES);
  });
});

describe.each([
  { kind: 'flip', atByte: 1 },
  { kind: 'bandwidth', bytesPerSecond: 100 * OBJECT_BYTES },
] as const)('a body under %o', fault => {
  it('waits for a client that does not read', async () => {
    const { long, url } = await startS3(fault);
    const answer = await get(url, new Agent());
    await new Promise(resolve => setTimeout(resolve, 50));
    const heldBytes = long.readBytes;
    expect(heldBytes).toBeLessThan(BUFFERED_BYTES);
    expect(await sizeOf(answer)).toBe(OBJECT_BYTES);
  });
});

describe.each<Fault>([
  { kind: 'header', name: 'etag', value: '"wrong"' },
  { kind: 'flip', atByte: 0 },
  { kind: 'gzip' },
  { kind: 'truncate', length: 'wrong', afterBytes: 2 },
  { kind: 'status', status: 503 },
  { kind: 'stall', milliseconds: 1 },
])('after %o', fault => {
  it('the connection serves the next request', async () => {
    const faults = new FaultEngine();
    const s3 = await startLocalS3({ faults });
    closers.push(() => s3.close());
    await sendRaw(s3.server, { method: 'PUT', path: `/${BUCKET}/key`, body: 'content' });
    const url = presign(s3.server, { method: 'GET', key: 'key' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    closers.push(() => agent.destroy());
    faults.add({ service: 's3', fault, times: 1 });
    const faulty = await get(url, agent);
    const { localPort } = faulty.socket;
    await sizeOf(faulty);
    const next = await get(url, agent);
    expect([next.statusCode, next.socket.localPort]).toEqual([200, localPort]);
    expect(await sizeOf(next)).toBe('content'.length);
    expect(faults.list()).toMatchObject([{ struck: 1 }]);
  });
});
