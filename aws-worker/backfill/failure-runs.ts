// Objects of one backfill that fail one after the other, for good and in the same way, without any success in between, as this process sees them:
// then it is not the objects that are to blame. After so many the backfill is paused, instead of failing every key that it has.

import type { BackfillRow } from '../ledger/ledger.ts';
import type { Outcome } from '../transfer/outcome.ts';

/** Fewer may be keys that a policy denies on purpose. */
export const RUN_OBJECTS = 20;

/**
 * What a person can mend for all of them: a policy, a setting, a server. Not among them: what is one object's own (its name, size, metadata, link,
 * tags), and what fails no object at all because it concerns everything (shared/error-scope.ts).
 */
const MENDABLE_CODES: ReadonlySet<string> = new Set([
  'source-access-denied',
  'source-refused',
  'source-apk-download-forbidden',
  'destination-access-denied',
  'destination-request-refused',
  'destination-not-supported',
  'object-needs-more-memory',
]);

export interface FailureRun {
  readonly code: string;
  /** Of the latest. */
  readonly reason: string;
  readonly objects: number;
}

export interface FailureRuns {
  /** An object was copied or found equal: whatever failed before it was its own. */
  succeeded(backfill: Pick<BackfillRow, 'id'>): void;
  /** An object failed for good. What was begun before the backfill was resumed says nothing about now. */
  failed(
    backfill: Pick<BackfillRow, 'id' | 'resumes'>,
    failure: { readonly code: string; readonly reason: string },
  ): void;
  /** The run that is going on, once it is long enough. */
  lasting(backfill: Pick<BackfillRow, 'id' | 'resumes'>): FailureRun | undefined;
}

export function createFailureRuns(): FailureRuns {
  /** Only of backfills that are in a run: few, and short. */
  const runs = new Map<string, FailureRun & { readonly resumes: number }>();
  return {
    succeeded: ({ id }) => void runs.delete(id),
    failed({ id, resumes }, { code, reason }) {
      if (!MENDABLE_CODES.has(code)) return;
      const run = runs.get(id);
      if (run !== undefined && run.resumes > resumes) return;
      const goesOn = run?.code === code && run.resumes === resumes;
      runs.set(id, { code, reason, resumes, objects: goesOn ? run.objects + 1 : 1 });
    },
    lasting({ id, resumes }) {
      const run = runs.get(id);
      return run !== undefined && run.resumes === resumes && run.objects >= RUN_OBJECTS ? run : undefined;
    },
  };
}

/** It shows that both clouds let us work. A key that is gone, or archived, asks nothing of the destination. */
export function isSuccess({ kind }: Pick<Outcome, 'kind'>): boolean {
  return kind === 'copied' || kind === 'unverified' || kind === 'skipped';
}
