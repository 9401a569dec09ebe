// Every adapter, with everything that can go wrong against a server that repeats what it was sent: no secret, no signature and no signed URL is
// in a log line at level debug, nor in an error as it is logged, printed, listed as a failure or told by the API.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BridgeError } from '../../shared/bridge-error.ts';
import { describeError } from '../../shared/log.ts';
import {
  type EchoingServer,
  garbage,
  htmlPage,
  jsonError,
  type Refusal,
  redirect,
  reset,
  silence,
  startEchoingServer,
  xmlEcho,
  xmlError,
} from '../fakes/echoing-server.ts';
import { createRecordingLog, type RecordingLog } from '../fakes/recording-log.ts';
import { findSecrets } from '../secrets/find-secrets.ts';
import {
  CLIENT_SECRETS,
  sendAllToOss,
  sendAllToS3,
  sendAllToSqs,
  sendAllToSqsFromFunction,
} from './refused-clients.ts';

let server: EchoingServer;
beforeAll(async () => {
  server = await startEchoingServer();
});
afterAll(() => server.close());

const REFUSALS: readonly (readonly [string, Refusal])[] = [
  ['a wrong secret', xmlError(403, 'SignatureDoesNotMatch')],
  ['a wrong secret, as SQS says it', jsonError(403, 'InvalidSignatureException')],
  ['half a signature, as SQS says it', jsonError(400, 'IncompleteSignature')],
  ['a wrong token', xmlError(403, 'InvalidSecurityToken')],
  ['a wrong token, as S3 says it', xmlError(400, 'InvalidToken')],
  ['an expired token', xmlError(400, 'ExpiredToken')],
  ['a malformed header', xmlError(400, 'AuthorizationHeaderMalformed')],
  ['a wrong clock', xmlError(403, 'RequestTimeTooSkewed')],
  ['no permission', xmlError(403, 'AccessDenied')],
  ['a code that nobody knows', xmlError(418, 'Odd')],
  ['a permission that is refused in the words of the request', xmlEcho(403, 'AccessDenied')],
  ['a failure in the words of the request', xmlEcho(500, 'InternalError')],
  ['a wrong secret in the words of the request', xmlEcho(403, 'SignatureDoesNotMatch')],
  ['a failure of the server', xmlError(500, 'InternalError')],
  ["a proxy's page", htmlPage(407)],
  ["a failing proxy's page", htmlPage(502)],
  ['a page in place of an answer', htmlPage(200)],
  ['a redirect', redirect(307)],
  ['a lasting redirect', redirect(301)],
  ['a broken connection', reset],
  ['what is no HTTP', garbage],
];

const CLIENTS = [
  ['OSS', sendAllToOss],
  ['S3', sendAllToS3],
  ['SQS, asked by the worker,', sendAllToSqs],
  ['SQS, asked by the function,', sendAllToSqsFromFunction],
] as const;

describe.each(CLIENTS)('when %s', (_name, sendAll) => {
  test.each(REFUSALS)('answers with %s, nobody reads a secret', async (_what, refusal) => {
    server.refuseWith(refusal);
    const recording = createRecordingLog();
    const { signal } = new AbortController();
    const { sent, close } = sendAll({ origin: server.origin, log: recording.log, signal });
    const errors = await errorsOf(sent);
    await close();
    expect(errors.length).toBeGreaterThan(0);
    expectNoSecrets(recording, errors);
  });
});

test.each(CLIENTS.slice(0, 2))(
  'when %s is silent and the wait is given up, nobody reads a secret',
  async (_name, sendAll) => {
    server.refuseWith(silence);
    const recording = createRecordingLog();
    const stop = new AbortController();
    const { sent, close } = sendAll({ origin: server.origin, log: recording.log, signal: stop.signal });
    stop.abort(new Error('shutdown'));
    const errors = await errorsOf(sent);
    await close();
    expect(errors).toHaveLength(sent.length);
    expectNoSecrets(recording, errors);
  },
);

async function errorsOf(sent: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const results = await Promise.allSettled(sent);
  return results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []));
}

/** The server knows what was proven to it; none of that, and nothing like it, is in what people read. */
function expectNoSecrets(recording: RecordingLog, errors: readonly unknown[]): void {
  recording.log.error('As it is logged.', { error: errors[0], errors });
  const read = [...LEVELS.flatMap(recording.lines), ...errors.flatMap(formsOf)].join('\n');
  expect(server.proofs.size).toBeGreaterThan(0);
  expect([...server.proofs, ...CLIENT_SECRETS].filter(secret => read.includes(secret))).toEqual([]);
  expect(findSecrets(read)).toEqual([]);
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** In logs; on standard error; as the reason in lists, problem details and dead letters. */
function formsOf(error: unknown): readonly string[] {
  expect(error).toBeInstanceOf(BridgeError);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return [JSON.stringify(describeError(error)), stack, String(error)];
}
