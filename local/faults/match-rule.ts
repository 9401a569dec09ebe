// Whether a rule is about a request.

import type { FaultKind, FaultRule, Service } from './fault-rule.ts';

export interface FaultRequest {
  readonly service: Exclude<Service, 'ledger'>;
  /** As the service's server names it: `GetObject`, `ReceiveMessage`, … */
  readonly operation: string;
  readonly key?: string | undefined;
  /** Its name. */
  readonly queue?: string | undefined;
}

const RECEIVE = ['ReceiveMessage'];
const SETTLE = ['ChangeMessageVisibility', 'ChangeMessageVisibilityBatch', 'DeleteMessage', 'DeleteMessageBatch'];

interface KindOperations {
  /** What a rule without `operation` is about. */
  readonly usual: readonly string[];
  readonly possible: readonly string[];
}

/** Kinds that are about some operations only. */
export const OPERATIONS_OF_KIND: Readonly<Partial<Record<FaultKind, KindOperations>>> = {
  duplicate: { usual: RECEIVE, possible: RECEIVE },
  reorder: { usual: RECEIVE, possible: RECEIVE },
  expire: { usual: SETTLE, possible: [...SETTLE, ...RECEIVE] },
};

export function matchesRule(rule: FaultRule, request: FaultRequest): boolean {
  if (rule.service !== request.service) return false;
  const operations = rule.operation ?? OPERATIONS_OF_KIND[rule.fault.kind]?.usual;
  if (operations !== undefined && ![operations].flat().includes(request.operation)) return false;
  if (rule.key !== undefined && rule.key !== request.key) return false;
  if (rule.keyPrefix !== undefined && request.key?.startsWith(rule.keyPrefix) !== true) return false;
  return rule.queue === undefined || rule.queue === request.queue;
}
