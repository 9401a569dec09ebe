// The faults of an answer. The handler writes as ever: its `writeHead`, `write` and `end` lead through a channel and the stages of the
// faults before the real ones are called, one chunk at a time. An answer without a body has no middle: there a stall holds back all of
// it, and a reset in the body leaves nothing of it.

import { PassThrough } from 'node:stream';
import { type BodyStage, chain, cut, flipBit, gzip, interrupt, limitBandwidth } from './body-stages.ts';
import type { Strike } from './fault-engine.ts';
import {
  ConnectionEnded,
  closedSignal,
  type HttpExchange,
  hangUp,
  resetConnection,
  sendHead,
} from './faulty-connection.ts';
import { pause } from './pause.ts';

interface Body {
  /** The status and the headers say that nothing comes. */
  readonly isEmpty: boolean;
  readonly sizeBytes: number | undefined;
}

export function faultResponse(exchange: HttpExchange, strikes: readonly Strike[]): void {
  const { response } = exchange;
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number, ...rest: unknown[]) => {
    for (const [name, value] of headersIn(rest)) response.setHeader(name, value);
    if (strikes.some(({ fault }) => fault.kind === 'reset' && fault.at === 'after')) return loseAnswer(exchange);
    const body = bodyOf(exchange, status);
    const stages = strikes.flatMap(strike => stageOf(exchange, strike, body) ?? []);
    if (stages.length > 0) divertBody(exchange, chain(stages));
    for (const strike of strikes) changeHead(exchange, strike, body);
    return writeHead(status);
  };
}

/** Of `writeHead(status, headers)` and `writeHead(status, message, headers)`. */
function headersIn(rest: readonly unknown[]): readonly [string, string | number | readonly string[]][] {
  const headers = rest.find(value => typeof value === 'object' && value !== null) ?? {};
  return Object.entries(headers).filter(([, value]) => value !== undefined);
}

function loseAnswer(exchange: HttpExchange): HttpExchange['response'] {
  const { response } = exchange;
  response.write = () => true;
  response.end = () => response;
  resetConnection(exchange);
  return response;
}

function bodyOf({ request, response }: HttpExchange, status: number): Body {
  const length = response.getHeader('content-length');
  const sizeBytes = length === undefined ? undefined : Number(length);
  const isEmpty = request.method === 'HEAD' || status === 204 || status === 304 || sizeBytes === 0;
  return { isEmpty, sizeBytes };
}

function changeHead({ response }: HttpExchange, { fault }: Strike, body: Body): void {
  if (fault.kind === 'header') {
    if (fault.value !== null) response.setHeader(fault.name, fault.value);
    else if (fault.name.toLowerCase() === 'date') response.sendDate = false;
    else response.removeHeader(fault.name);
  }
  if (body.isEmpty) return;
  if (fault.kind === 'gzip') {
    response.removeHeader('content-length');
    response.setHeader('content-encoding', 'gzip');
  }
  if (fault.kind === 'truncate' && fault.length === 'wrong' && body.sizeBytes !== undefined) {
    response.setHeader('content-length', Math.min(placeOf(fault.afterBytes, body), body.sizeBytes));
  }
}

function placeOf(bytes: number | undefined, { sizeBytes }: Body): number {
  return bytes ?? Math.floor((sizeBytes ?? 0) / 2);
}

function stageOf(exchange: HttpExchange, { fault, healed }: Strike, body: Body): BodyStage | undefined {
  const head = () => (body.isEmpty ? Promise.resolve() : sendHead(exchange));
  const interruptWith = (afterBytes: number | undefined, act: () => Promise<void>) =>
    interrupt({ afterBytes: placeOf(afterBytes, body), orAtEnd: body.isEmpty, act });
  switch (fault.kind) {
    case 'bandwidth':
      return limitBandwidth(fault.bytesPerSecond, healed);
    case 'flip':
      return fault.of === 'request' ? undefined : flipBit(placeOf(fault.atByte, body));
    case 'gzip':
      return body.isEmpty ? undefined : gzip();
    case 'stall':
      return interruptWith(fault.afterBytes, async () => {
        await head();
        const closed = closedSignal(exchange);
        await pause(fault.milliseconds, [healed, closed]);
        if (closed.aborted) throw new ConnectionEnded();
      });
    case 'truncate':
      if (fault.length === 'wrong') return body.isEmpty ? undefined : cut(placeOf(fault.afterBytes, body));
      if (body.isEmpty) return undefined;
      return interruptWith(fault.afterBytes, async () => {
        await head();
        hangUp(exchange);
        throw new ConnectionEnded();
      });
    case 'reset':
      if (fault.at !== 'in-response-body') return undefined;
      return interruptWith(fault.afterBytes, async () => {
        await head();
        resetConnection(exchange);
        throw new ConnectionEnded();
      });
    default:
      return undefined;
  }
}

/** Callbacks of `write` and `end` are not called: no server here passes any. */
function divertBody({ response }: HttpExchange, stage: BodyStage): void {
  const channel = new PassThrough();
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  channel.on('drain', () => response.emit('drain'));
  channel.on('error', () => undefined); // of a client that went away: the response tells it
  response.once('close', () => channel.destroy());
  response.write = (chunk: unknown) => channel.write(chunk);
  response.end = (chunk?: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) channel.end(chunk);
    else channel.end();
    return response;
  };

  /** False when the client is gone. */
  const send = (chunk: Uint8Array): Promise<boolean> =>
    new Promise(resolve => {
      if (response.destroyed) return resolve(false);
      const onClose = () => resolve(false);
      response.once('close', onClose);
      write(chunk, error => {
        response.off('close', onClose);
        resolve(error === undefined || error === null);
      });
    });
  const pump = async (): Promise<void> => {
    try {
      for await (const chunk of stage(channel)) if (!(await send(chunk))) return;
      end();
    } catch (error) {
      if (!(error instanceof ConnectionEnded)) response.destroy();
    }
  };
  void pump(); // never rejects
}
