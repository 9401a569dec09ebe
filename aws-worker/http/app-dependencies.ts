import type { Log } from '../../shared/log.ts';
import type { StartBackfill } from '../backfill/start-backfill.ts';
import type { Backfill, Failure } from '../ledger/ledger.ts';
import type { LiveStatus } from './status-view.ts';

/** Why the worker is not doing its work, in words for whoever looks at /readyz. */
export interface ReadinessProblem {
  readonly code: string;
  readonly message: string;
}

export const BACKFILL_CHANGES = ['pause', 'resume', 'cancel', 'retry-failed'] as const;
export type BackfillChange = (typeof BACKFILL_CHANGES)[number];

/** Everything that the HTTP side may do to the worker. All of it may throw BridgeError; error-handler.ts says what the caller sees. */
export interface AppDependencies {
  /** What callers send as `Authorization: Bearer …`. */
  readonly apiToken: string;
  readonly version: string;
  readonly log: Log;
  readonly now: () => Date;
  /** Where the page's files are; beside this file unless told otherwise. Ends in a slash. */
  readonly dashboardFolder?: URL;
  readonly backfills: {
    start(request: StartBackfill): Promise<{ readonly backfill: Backfill; readonly isNew: boolean }>;
    find(id: string): Promise<Backfill | undefined>;
    /** Newest first. */
    list(limit: number): Promise<readonly Backfill[]>;
    /** Ascending by key after `after`; of a backfill, or of live events (undefined). */
    failures(options: {
      readonly backfill: string | undefined;
      readonly after: string;
      readonly limit: number;
    }): Promise<readonly Failure[]>;
    /** True when this call changed it. False: there is no such backfill, its status does not allow it, or it stands so already. */
    change(id: string, to: BackfillChange): Promise<boolean>;
  };
  /** Empty: ready. */
  readonly readiness: () => Promise<readonly ReadinessProblem[]>;
  readonly isAlive: () => boolean;
  readonly live: () => LiveStatus;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
}
