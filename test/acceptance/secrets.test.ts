// A worker at log level debug whose clouds refuse it and repeat its signatures to it, and whose callers guess tokens: nothing that it says to
// anybody holds a secret. (What every worker of the suite logs is looked through as well, when its bridge closes.)

import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedStore } from '../../local/demo/seed-store.ts';
import { LOCAL } from '../../local/local-cloud.ts';
import type { WorkerProcess } from '../../local/worker-process.ts';
import { findSecrets } from '../secrets/find-secrets.ts';
import { type Bridge, SETTLE, startBridge } from './bridge.ts';
import { failuresOf, startBackfill } from './worker-api.ts';

let bridge: Bridge;
let worker: WorkerProcess;
const signatures = new Set<string>();

let refusedOperation = 'GetObject';

beforeAll(async () => {
  bridge = await startBridge({
    intercept: {
      oss: exchange => lookAt(exchange, 'AccessDenied'),
      s3: exchange => lookAt(exchange, 'SignatureDoesNotMatch'),
    },
  });
  worker = await bridge.startWorker({ LOG_LEVEL: 'debug' });
});
afterAll(async () => {
  await bridge?.close();
});

/** Notes how it was signed; the refused operation is answered in both clouds' words, with what they repeat beside the message. */
function lookAt({ request, response, operation }: Exchange, code: string): boolean {
  const { authorization = '' } = request.headers;
  const signature = /Signature=(\w+)/.exec(authorization)?.[1];
  if (signature !== undefined) signatures.add(signature);
  if (operation !== refusedOperation) return false;
  request.resume();
  response.writeHead(403, { 'content-type': 'application/xml' });
  response.end(
    `<Error><Code>${code}</Code><Message>Refused.</Message><SignatureProvided>${authorization}</SignatureProvided></Error>`,
  );
  return true;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly operation: string;
}

/** All that it answers without a token, with one, and with a wrong one. */
async function everythingSaid(): Promise<string> {
  const paths = ['/', '/metrics', '/livez', '/readyz', '/status', '/openapi.json', '/backfill', '/failures', '/none'];
  const tokens = [undefined, LOCAL.apiToken, `${LOCAL.apiToken}x`];
  const answers = paths.flatMap(path =>
    tokens.map(async token => {
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(`${worker.url}${path}`, { headers });
      return [...answer.headers, await answer.text()].join('\n');
    }),
  );
  return (await Promise.all(answers)).join('\n');
}

test('a worker that is refused everywhere tells no secret, neither to callers nor to its log', async () => {
  await seedStore(bridge.source, [{ key: 'unreadable', sizeBytes: 100, metadata: {} }]);
  const { id } = await startBackfill(worker);
  await expect.poll(() => failuresOf(worker, id), SETTLE).toMatchObject([{ key: 'unreadable' }]);
  refusedOperation = 'PutObject';
  await seedStore(bridge.source, [{ key: 'unwritable', sizeBytes: 100, metadata: {} }]);
  await startBackfill(worker, { prefix: 'unwritable' });
  await expect.poll(async () => (await fetch(`${worker.url}/readyz`)).text(), SETTLE).toContain('destination-');

  const failures = JSON.stringify(await failuresOf(worker, id));
  const said = [await everythingSaid(), failures, await bridge.workerLog()].join('\n');
  expect(said).toContain('"level":"debug"');
  expect(said).toContain('SignatureDoesNotMatch');
  expect(findSecrets(said)).toEqual([]);
  expect(signatures.size).toBeGreaterThan(5);
  expect([...signatures].filter(signature => said.includes(signature))).toEqual([]);
});
