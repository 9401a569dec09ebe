// The report as `--json` prints it. Its shape is in docs/doctor.md; fields are added, never changed.

import type { Facts, Status } from './finding.ts';
import type { ItemResult } from './run-items.ts';

export interface ReportView {
  /** No item has a problem, and all were looked at that could be. */
  readonly ok: boolean;
  /** It was stopped; what it had not come to was skipped. */
  readonly interrupted: boolean;
  readonly counts: Readonly<Record<Status, number>>;
  readonly items: readonly ItemView[];
}

interface ItemView {
  readonly id: string;
  readonly area: string;
  readonly title: string;
  readonly status: Status;
  readonly text: string;
  readonly advice: readonly string[];
  readonly code: string | null;
  /** The item that failed, where this one was not looked at for it. */
  readonly because: string | null;
  readonly facts: Facts;
  readonly durationMs: number;
}

export function viewReport(
  results: readonly ItemResult[],
  { isInterrupted }: { readonly isInterrupted: boolean },
): ReportView {
  const items = results.map(viewItem);
  const count = (status: Status) => items.filter(item => item.status === status).length;
  const counts = {
    ok: count('ok'),
    warning: count('warning'),
    problem: count('problem'),
    skipped: count('skipped'),
  };
  return { ok: counts.problem === 0 && !isInterrupted, interrupted: isInterrupted, counts, items };
}

function viewItem({ item, finding, because, durationMs }: ItemResult): ItemView {
  return {
    id: item.id,
    area: item.area,
    title: item.title,
    status: finding.status,
    text: finding.text,
    advice: finding.advice ?? [],
    code: finding.code ?? null,
    because: because ?? null,
    facts: finding.facts ?? {},
    durationMs,
  };
}
