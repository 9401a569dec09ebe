// Answers with a status and no body, as a proxy or a load balancer gives them: no fault of the clouds, which always say a code.

import type { ServerResponse } from 'node:http';

export interface BareRule {
  readonly service: 'oss' | 's3';
  readonly operation: readonly string[];
  /** Left out: any. */
  readonly key: string | undefined;
  readonly skip?: number;
  readonly times?: number;
  readonly status: number;
}

interface Asked {
  readonly service: 'oss' | 's3';
  readonly operation: string;
  readonly key: string | undefined;
  readonly response: ServerResponse;
}

export interface BareAnswers {
  add(rule: BareRule): { readonly struck: () => number; readonly remove: () => void };
  /** True: it has answered. */
  meet(asked: Asked): boolean;
}

export function createBareAnswers(): BareAnswers {
  const entries = new Set<{ readonly rule: BareRule; matched: number; struck: number }>();
  return {
    add(rule) {
      const entry = { rule, matched: 0, struck: 0 };
      entries.add(entry);
      return { struck: () => entry.struck, remove: () => void entries.delete(entry) };
    },
    meet({ service, operation, key, response }) {
      for (const entry of entries) {
        const { skip = 0, times = Number.POSITIVE_INFINITY, ...rule } = entry.rule;
        if (
          rule.service !== service ||
          !rule.operation.includes(operation) ||
          (rule.key !== undefined && rule.key !== key)
        )
          continue;
        if (++entry.matched <= skip || entry.struck >= times) continue;
        entry.struck++;
        response.writeHead(rule.status, { 'content-length': 0, connection: 'close' }).end();
        return true;
      }
      return false;
    },
  };
}
