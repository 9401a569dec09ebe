// What each server does with each request before it serves it: ask for faults, and let those in that strike. Without rules it costs one
// comparison.

import type { BodyStage } from './body-stages.ts';
import { defaultErrorCode } from './default-error-codes.ts';
import type { FaultEngine, Strike } from './fault-engine.ts';
import type { FaultKind } from './fault-rule.ts';
import { type HttpExchange, resetConnection } from './faulty-connection.ts';
import { announcedBytes, requestStage, waitLatency } from './faulty-request.ts';
import { faultResponse } from './faulty-response.ts';
import type { FaultRequest } from './match-rule.ts';

/** An error in no service's own words yet. */
export interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FaultyExchange extends FaultRequest, HttpExchange {
  /** Answers in the service's own form. */
  readonly answerError: (answer: ErrorAnswer) => void;
}

export interface MetFaults {
  /** There is nothing left to do for the server. */
  readonly hasAnswered: boolean;
  /** What the server reads the body through; undefined: it reads it as it is. */
  readonly requestStage: BodyStage | undefined;
  readonly clockOffsetMilliseconds: number;
}

const NONE: MetFaults = { hasAnswered: false, requestStage: undefined, clockOffsetMilliseconds: 0 };
const ANSWERED: MetFaults = { ...NONE, hasAnswered: true };

/** They wait for the messages, which the request alone does not show. */
const OF_MESSAGES: ReadonlySet<FaultKind> = new Set(['duplicate', 'reorder', 'expire']);

export async function meetFaults(engine: FaultEngine | undefined, exchange: FaultyExchange): Promise<MetFaults> {
  if (engine === undefined || !engine.hasRules) return NONE;
  const strikes = engine.strike(exchange, kind => !OF_MESSAGES.has(kind)).map(strike => aim(strike, exchange));
  if (strikes.length === 0) return NONE;
  const clockOffsetMilliseconds = turnClock(exchange, strikes);
  faultResponse(exchange, strikes);
  for (const strike of strikes) {
    if (isWaitedForNow(exchange, strike)) await waitLatency(strike);
    if (endsHere(exchange, strike)) return ANSWERED;
  }
  return { hasAnswered: false, requestStage: requestStage(exchange, strikes), clockOffsetMilliseconds };
}

/** Says of which body a bit is flipped: what is stored, where something is; of a queue's, a request could but lose its signature. */
function aim(strike: Strike, { service, request }: FaultyExchange): Strike {
  if (strike.fault.kind !== 'flip' || strike.fault.of !== undefined) return strike;
  const of = service !== 'sqs' && announcedBytes(request) !== 0 ? 'request' : 'response';
  return { ...strike, fault: { ...strike.fault, of } };
}

function turnClock({ response }: FaultyExchange, strikes: readonly Strike[]): number {
  const offsets = strikes.flatMap(({ fault }) => (fault.kind === 'clock' ? [fault.offsetSeconds * 1000] : []));
  const offset = offsets.reduce((sum, milliseconds) => sum + milliseconds, 0);
  if (offset !== 0) response.setHeader('date', new Date(Date.now() + offset).toUTCString());
  return offset;
}

/** Without a body, there is nothing between the request and its effect. */
function isWaitedForNow({ request }: FaultyExchange, { fault }: Strike): boolean {
  return fault.kind === 'latency' && (fault.at !== 'before-effect' || announcedBytes(request) === 0);
}

/** True when it has answered, or made an answer impossible. */
function endsHere(exchange: FaultyExchange, { fault }: Strike): boolean {
  switch (fault.kind) {
    case 'reset': {
      const isNow = fault.at === 'before' || (fault.at === 'in-request-body' && announcedBytes(exchange.request) === 0);
      if (isNow) resetConnection(exchange);
      return isNow;
    }
    case 'status': {
      const { status, retryAfterSeconds } = fault;
      const code = fault.code ?? defaultErrorCode(exchange.service, status);
      const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
      exchange.answerError({ status, code, message: fault.message ?? messageOf(code), headers });
      return true;
    }
    case 'redirect': {
      const code = defaultErrorCode(exchange.service, fault.status);
      exchange.answerError({
        status: fault.status,
        code,
        message: messageOf(code),
        headers: { location: fault.location },
      });
      return true;
    }
    default:
      return false;
  }
}

function messageOf(code: string): string {
  return `${code}, as was asked for.`;
}
