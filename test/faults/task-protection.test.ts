// On ECS: a real worker, an object that takes minutes, and an agent that notes what it is asked.

import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LOCAL } from '../../local/local-cloud.ts';
import { MEBIBYTE } from '../../shared/limits.ts';
import { type Bridge, startBridge } from '../acceptance/bridge.ts';

const PATIENCE = { timeout: 300_000, interval: 500 };
/** At a megabit a second: over two minutes, longer than the worker takes to find that it takes long. */
const OBJECT_BYTES = 18 * MEBIBYTE;

let bridge: Bridge;
let agent: Server;
const asked: unknown[] = [];

beforeEach(async () => {
  bridge = await startBridge();
  asked.length = 0;
  agent = createServer(async (request, response) => {
    const { ProtectionEnabled } = (await json(request)) as { ProtectionEnabled: boolean };
    asked.push(`${request.method} ${request.url} ${ProtectionEnabled}`);
    response.end(JSON.stringify({ protection: { ProtectionEnabled, TaskArn: 'arn:aws:ecs:us-west-2:1:task/c/t' } }));
  });
  await new Promise<void>(resolve => agent.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await bridge?.close();
  agent.closeAllConnections();
  await new Promise(resolve => agent.close(resolve));
});

test('a task is protected while an object takes long, and released when it is there', async () => {
  const address = agent.address();
  if (address === null || typeof address === 'string') throw new Error('The agent has no port.');
  await bridge.startWorker({
    ECS_AGENT_URI: `http://127.0.0.1:${address.port}/api/t`,
    OSS_MAX_MEGABITS_PER_SECOND: '1',
  });
  await bridge.oss.put('large', Buffer.alloc(OBJECT_BYTES, 7));
  await expect.poll(() => asked, PATIENCE).toEqual(['PUT /api/t/task-protection/v1/state true']);
  expect(bridge.cloud.sqs.peek(LOCAL.liveQueue)).toHaveLength(1);
  await expect
    .poll(() => asked, PATIENCE)
    .toEqual(['PUT /api/t/task-protection/v1/state true', 'PUT /api/t/task-protection/v1/state false']);
  expect(bridge.cloud.sqs.peek(LOCAL.liveQueue)).toEqual([]);
});
