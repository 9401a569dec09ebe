// What a consumer says of itself, for /readyz, the page and the metrics.

import type { Metrics } from './http/metrics.ts';
import type { Consumer } from './queue/consumer.ts';
import type { Problem } from './readiness.ts';

export function observeConsumer(metrics: Metrics, { name: queue, inFlight, state }: Consumer): void {
  metrics.inFlightMessages.set({ queue }, inFlight.messages);
  metrics.inFlightBytes.set({ queue }, inFlight.bytes);
  metrics.receiveErrors.set({ queue }, state.consecutiveErrors);
}

/** A receive that fails once is weather. */
const CONSECUTIVE_ERRORS_TO_REPORT = 3;

export function consumerProblems({ state }: Pick<Consumer, 'state'>): readonly Problem[] {
  const { lastError, consecutiveErrors, sendError } = state;
  const receiveError = consecutiveErrors < CONSECUTIVE_ERRORS_TO_REPORT ? undefined : lastError;
  return [receiveError, sendError].flatMap(error =>
    error === undefined ? [] : [{ code: error.code, message: error.message }],
  );
}

export function inFlightOf(consumers: readonly Consumer[]): { readonly messages: number; readonly bytes: number } {
  return {
    messages: consumers.reduce((sum, { inFlight }) => sum + inFlight.messages, 0),
    bytes: consumers.reduce((sum, { inFlight }) => sum + inFlight.bytes, 0),
  };
}
