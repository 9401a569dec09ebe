// Where the API is to answer: the port is free, or a bridge has it already.

import { once } from 'node:events';
import { createServer } from 'node:net';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

export const HTTP_ITEMS: readonly DoctorItem[] = [
  { id: 'http-port', area: 'HTTP', title: 'port', needs: ['config'], run: lookAtPort },
];

/** https://nodejs.org/api/errors.html#common-system-errors */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use that port. Set PORT to one above 1023.',
  EADDRNOTAVAIL: 'it is not an address of this machine. Set HOST to 127.0.0.1, or to 0.0.0.0 for all addresses.',
  ENOTFOUND: 'there is no such host. Set HOST to 127.0.0.1, or to 0.0.0.0 for all addresses.',
};

async function lookAtPort({ config }: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { host, port } = config.http;
  const code = await tryToListen(host, port);
  if (code === undefined) return ok(port === 0 ? 'PORT is 0: any free one.' : `${host}, port ${port}, is free.`);
  if (code === 'EADDRINUSE') return await whoIsThere(host, port, signal);
  return problem(`${host}, port ${port}: ${ADVICE[code] ?? 'set HOST and PORT to an address that can be used.'}`, {
    code: 'listen-failed',
  });
}

/** The code of the error; undefined where it succeeded. */
async function tryToListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  } finally {
    server.close();
  }
}

const ANSWER_MILLISECONDS = 3_000;

async function whoIsThere(host: string, port: number, outer: AbortSignal): Promise<Finding> {
  const url = `http://${urlHost(host)}:${port}`;
  const signal = AbortSignal.any([outer, AbortSignal.timeout(ANSWER_MILLISECONDS)]);
  const readiness = await askReadiness(`${url}/readyz`, signal);
  if (readiness === undefined) {
    return problem(`${host}, port ${port}, is in use by another program. Stop it, or set PORT to a free one.`, {
      code: 'listen-failed',
    });
  }
  if (readiness.ready) return ok(`A bridge answers at ${url}, and is ready.`, { facts: { running: true } });
  return warning(`A bridge answers at ${url}, and is not ready: ${url}/readyz says why.`, { facts: { running: true } });
}

/** Undefined: whoever it is, it is no bridge. */
async function askReadiness(url: string, signal: AbortSignal): Promise<{ readonly ready: boolean } | undefined> {
  try {
    const answer: unknown = await (await fetch(url, { redirect: 'manual', signal })).json();
    if (typeof answer !== 'object' || answer === null) return undefined;
    if (!('ready' in answer) || !('problems' in answer) || typeof answer.ready !== 'boolean') return undefined;
    return { ready: answer.ready };
  } catch {
    return undefined; // Not HTTP, not JSON, or silent: the same to us.
  }
}

/** All addresses are reached by the machine's own. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
