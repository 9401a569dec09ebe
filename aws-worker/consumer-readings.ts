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

export function consumerProblems({ state }: Consumer): readonly Problem[] {
  if (state.lastError === undefined || state.consecutiveErrors < CONSECUTIVE_ERRORS_TO_REPORT) return [];
  return [{ code: state.lastError.code, message: state.lastError.message }];
}

export function inFlightOf(consumers: readonly Consumer[]): { readonly messages: number; readonly bytes: number } {
  return {
    messages: consumers.reduce((sum, { inFlight }) => sum + inFlight.messages, 0),
    bytes: consumers.reduce((sum, { inFlight }) => sum + inFlight.bytes, 0),
  };
}
