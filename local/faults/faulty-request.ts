// The faults of a request's body, as one stage between the socket and whoever reads it.

import type { IncomingMessage } from 'node:http';
import { type BodyStage, chain, flipBit, interrupt, limitBandwidth } from './body-stages.ts';
import type { Strike } from './fault-engine.ts';
import { ConnectionEnded, type HttpExchange, resetConnection } from './faulty-connection.ts';
import { pause } from './pause.ts';

/** Object bytes that the headers announce: 0 when there is no body, undefined when it says no length. */
export function announcedBytes(request: IncomingMessage): number | undefined {
  const { headers } = request;
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length'];
  if (length !== undefined) return Number(length);
  return headers['transfer-encoding'] === undefined ? 0 : undefined;
}

/** Undefined: the body passes as it is. */
export function requestStage(exchange: HttpExchange, strikes: readonly Strike[]): BodyStage | undefined {
  const stages = strikes.flatMap(strike => stageOf(exchange, strike) ?? []);
  return stages.length === 0 ? undefined : chain(stages);
}

function stageOf(exchange: HttpExchange, strike: Strike): BodyStage | undefined {
  const { fault, healed } = strike;
  const middle = Math.floor((announcedBytes(exchange.request) ?? 0) / 2);
  if (fault.kind === 'bandwidth') return limitBandwidth(fault.bytesPerSecond, healed);
  if (fault.kind === 'flip') return fault.of === 'request' ? flipBit(fault.atByte ?? middle) : undefined;
  if (fault.kind === 'reset' && fault.at === 'in-request-body') {
    const act = async () => {
      resetConnection(exchange);
      throw new ConnectionEnded();
    };
    return interrupt({ afterBytes: fault.afterBytes ?? middle, orAtEnd: true, act });
  }
  const waits = fault.kind === 'latency' && fault.at === 'before-effect' && announcedBytes(exchange.request) !== 0;
  return waits ? waitAtEnd(strike) : undefined;
}

/** The body is in this process by then: a client that gives up and goes away no longer prevents the effect. */
function waitAtEnd(strike: Strike): BodyStage {
  return async function* delayed(body) {
    yield* body;
    await waitLatency(strike);
  };
}

/** Nothing for other kinds. */
export async function waitLatency({ fault, random, healed }: Strike): Promise<void> {
  if (fault.kind !== 'latency') return;
  await pause(fault.milliseconds + random() * (fault.jitterMilliseconds ?? 0), [healed]);
}
