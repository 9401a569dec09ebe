import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { readWorkerConfig } from '../../aws-worker/config.ts';
import { connectQueues } from '../../aws-worker/connect-queues.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('leaves no connection behind where the queues do not answer well: it is tried again', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const sockets: Socket[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume();
    response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  });
  server.on('connection', socket => sockets.push(socket));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = readWorkerConfig({
    OSS_REGION: 'cn-hangzhou',
    OSS_BUCKET: 'source',
    OSS_ACCESS_KEY_ID: 'id',
    OSS_ACCESS_KEY_SECRET: 'secret',
    S3_BUCKET: 'destination',
    AWS_REGION: 'us-east-1',
    API_TOKEN: '0123456789abcdef',
    SQS_QUEUE_URL: `${origin}/000000000000/live`,
    SQS_BACKFILL_QUEUE_URL: `${origin}/000000000000/backfill`,
    AWS_ENDPOINT_URL_SQS: origin,
  });
  try {
    await expect(
      connectQueues(config, { signal: new AbortController().signal, log: createRecordingLog().log }),
    ).rejects.toMatchObject({ kind: 'retryable' });
    expect(sockets.length).toBeGreaterThan(0);
    await vi.waitFor(() => expect(sockets.filter(socket => !socket.destroyed)).toEqual([]), { timeout: 2_000 });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
