// Over a real socket, against answers as the agent of ECS gives them.

import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { createEcsAgent } from '../../aws-worker/ecs-agent.ts';
import { startTaskProtection } from '../../aws-worker/task-protection.ts';
import { createRecordingLog } from '../fakes/recording-log.ts';

const TASK = 'arn:aws:ecs:us-west-2:111122223333:task/oss-s3-bridge/0123456789abcdef0123456789abcdef';
const never = new AbortController().signal;
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
});

interface Answer {
  readonly status?: number;
  readonly body: string;
}

/** An agent that says this, or nothing at all. */
async function startAgent(answer: Answer | undefined) {
  const requests: {
    readonly method?: string | undefined;
    readonly path?: string | undefined;
    readonly body: unknown;
  }[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ method: request.method, path: request.url, body: await json(request) });
    if (answer !== undefined) response.writeHead(answer.status ?? 200).end(answer.body);
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return { uri: new URL(`http://127.0.0.1:${address.port}/api/7a1b`), requests };
}

const granted = (isProtected: boolean) => ({
  body: JSON.stringify({ protection: { ProtectionEnabled: isProtected, TaskArn: TASK } }),
});

it('asks the agent for protection with an end', async () => {
  const { uri, requests } = await startAgent(granted(true));
  await createEcsAgent(uri).protect(60, never);
  expect(requests).toEqual([
    {
      method: 'PUT',
      path: '/api/7a1b/task-protection/v1/state',
      body: { ProtectionEnabled: true, ExpiresInMinutes: 60 },
    },
  ]);
});

it('asks for none without an end', async () => {
  const { uri, requests } = await startAgent(granted(false));
  await createEcsAgent(uri).protect(0, never);
  expect(requests.map(({ body }) => body)).toEqual([{ ProtectionEnabled: false }]);
});

const accessDenied = { error: { Arn: TASK, Code: 'AccessDeniedException', Message: 'not authorized' }, requestID: 'x' };
const refusals: readonly (readonly [string, Answer, { code: string; message: RegExp }])[] = [
  [
    'a role that may not, and the action that it lacks',
    { status: 400, body: JSON.stringify(accessDenied) },
    { code: 'task-protection-failed', message: /AccessDeniedException.*ecs:UpdateTaskProtection/ },
  ],
  [
    'a task that is being stopped',
    { body: JSON.stringify({ failure: { Arn: TASK, Reason: 'DEPLOYMENT_BLOCKED', Detail: null } }) },
    { code: 'task-protection-failed', message: /DEPLOYMENT_BLOCKED/ },
  ],
  [
    'a task without a service',
    { body: JSON.stringify({ failure: { Arn: TASK, Reason: 'TASK_NOT_VALID', Detail: null } }) },
    { code: 'task-without-service', message: /belongs to no ECS service/ },
  ],
  ['the opposite of what was asked', granted(false), { code: 'task-protection-failed', message: /HTTP 200/ }],
  ['no JSON', { status: 502, body: '<html>' }, { code: 'task-protection-failed', message: /not in JSON/ }],
  ['JSON that is no object', { body: 'null' }, { code: 'task-protection-failed', message: /HTTP 200/ }],
];
it.each(refusals)('tells %s', async (_case, answer, { code, message }) => {
  const { uri } = await startAgent(answer);
  const refused = createEcsAgent(uri).protect(60, never);
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

it('does not wait for an agent that never answers', async () => {
  const { uri } = await startAgent(undefined);
  const began = performance.now();
  await expect(createEcsAgent(uri).protect(60, never)).rejects.toMatchObject({ code: 'task-protection-failed' });
  expect(performance.now() - began).toBeLessThan(10_000);
});

it('does not outlive a stop', async () => {
  const { uri } = await startAgent(undefined);
  const stop = new AbortController();
  const asked = createEcsAgent(uri).protect(60, stop.signal);
  stop.abort();
  await expect(asked).rejects.toMatchObject({ kind: 'cancelled' });
});

it('asks nothing of the agent of a worker that begins and stops', async () => {
  const { uri, requests } = await startAgent(granted(true));
  const { log, lines } = createRecordingLog();
  const protection = startTaskProtection(uri, { log });
  expect(await protection.during(async () => 'done')).toBe('done');
  await protection.stop();
  expect(requests).toEqual([]);
  expect(lines('warn')).toEqual([]);
});
