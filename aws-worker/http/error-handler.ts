// The one place where an error becomes an HTTP status. What is not known here is a 500 that tells the caller nothing but where to look;
// an error of an SDK may carry a `statusCode` of its own, and that is not ours.

import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BridgeError } from '../../shared/bridge-error.ts';
import type { Log } from '../../shared/log.ts';
import { type FieldFault, sendProblem } from './problem.ts';
import { InvalidRequestError } from './validate-request.ts';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** The part of the request that it is about. */
  readonly field?: string;
}

const PROBLEMS: Readonly<Record<string, ProblemKind>> = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'prefix-outside-source': { status: 400, title: 'The prefix is outside of what this worker copies', field: 'prefix' },
  'prefix-impossible': { status: 400, title: 'No object has such a prefix', field: 'prefix' },
  unauthorized: { status: 401, title: 'A token is needed' },
  'route-not-found': { status: 404, title: 'There is nothing at this address' },
  'backfill-not-found': { status: 404, title: 'There is no such backfill' },
  'method-not-allowed': { status: 405, title: 'This address does not answer that method' },
  'backfill-has-ended': { status: 409, title: 'The backfill has ended' },
  // 422 is what the draft asks for: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07#section-2.7
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key was used for another request',
    field: 'idempotency-key',
  },
  'ledger-busy': { status: 503, title: 'The ledger is busy' },
  'ledger-unavailable': { status: 503, title: 'The ledger cannot be used' },
};

/** Fastify's own refusals, by its error codes: https://fastify.dev/docs/latest/Reference/Errors/ */
const FRAMEWORK_PROBLEMS: Readonly<Record<string, ProblemKind & { readonly code: string; readonly detail: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'unsupported-content-type',
    title: 'The body is of a type that is not read here',
    detail: 'Send JSON with the header `Content-Type: application/json`, or no body at all.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'body-too-large',
    title: 'The body is too large',
    detail: 'Nothing that this API takes is longer than 16 KiB.',
  },
};

const DEFAULT_RETRY_AFTER_SECONDS = 5;

export function createErrorHandler(log: Log): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const problem = toProblem(error);
    if (problem === undefined) {
      log.error('A request failed unexpectedly.', { requestId: request.id, path: request.routeOptions.url, error });
      return sendProblem(request, reply, {
        status: 500,
        code: 'internal-error',
        title: 'Something went wrong here',
        detail: `The worker's log has the cause, beside the request id ${request.id}.`,
      });
    }
    if (problem.status === 503) {
      void reply.header('Retry-After', retryAfterSeconds(error)); // a reply is a thenable; nothing is sent yet
      log.warn('A request could not be served.', { requestId: request.id, path: request.routeOptions.url, error });
    }
    sendProblem(request, reply, problem);
  };
}

type ProblemToSend = Parameters<typeof sendProblem>[2];

function toProblem(error: unknown): ProblemToSend | undefined {
  if (error instanceof BridgeError) return fromBridgeError(error);
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const known = FRAMEWORK_PROBLEMS[error.code];
  if (known !== undefined) return known;
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (!error.code.startsWith('FST_ERR_') || typeof status !== 'number' || status < 400 || status > 499)
    return undefined;
  return { status, code: 'bad-request', title: STATUS_CODES[status] ?? 'Bad Request', detail: error.message };
}

function fromBridgeError(error: BridgeError): ProblemToSend | undefined {
  const kind = PROBLEMS[error.code] ?? passing(error);
  if (kind === undefined) return undefined;
  return { status: kind.status, title: kind.title, code: error.code, detail: error.message, ...faultsOf(error, kind) };
}

/** The queue (whatever its reason), a shutdown, throttling: the same request may do later. */
function passing({ code, kind }: BridgeError): ProblemKind | undefined {
  if (code.startsWith('queue-')) return { status: 503, title: 'The queue cannot be used' };
  return kind === 'permanent' ? undefined : { status: 503, title: 'The worker cannot do this now' };
}

function faultsOf(error: BridgeError, { field }: ProblemKind): { readonly errors?: readonly FieldFault[] } {
  if (error instanceof InvalidRequestError) return { errors: error.faults };
  return field === undefined ? {} : { errors: [{ field, message: error.message }] };
}

function retryAfterSeconds(error: unknown): number {
  const asked = error instanceof BridgeError ? error.retryAfterMilliseconds : undefined;
  return asked === undefined ? DEFAULT_RETRY_AFTER_SECONDS : Math.max(1, Math.ceil(asked / 1000));
}
