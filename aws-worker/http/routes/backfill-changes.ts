// What a person does to a backfill. Each may be asked twice: the second answer is how it stands, as the first was.

import { BridgeError } from '../../../shared/bridge-error.ts';
import type { BackfillStatus } from '../../ledger/ledger.ts';
import { type AppDependencies, BACKFILL_CHANGES, type BackfillChange } from '../app-dependencies.ts';
import { BackfillBody, viewBackfill } from '../backfill-view.ts';
import { type App, BackfillId, Nothing } from '../typed-app.ts';
import { noSuchBackfill } from './backfills.ts';

interface Change {
  readonly operationId: string;
  readonly summary: string;
  /** Standing so already, there is nothing to refuse. */
  readonly mayStandAs: readonly BackfillStatus[];
  /** The end of "The backfill is done; …". */
  readonly refusal: string;
}

const CHANGES: Readonly<Record<BackfillChange, Change>> = {
  pause: {
    operationId: 'pauseBackfill',
    summary:
      'Stops listing and copying, on all workers within seconds, until it is resumed; large uploads keep their parts.',
    mayStandAs: ['paused'],
    refusal: 'it cannot be paused.',
  },
  resume: {
    operationId: 'resumeBackfill',
    summary: 'Goes on where it was paused.',
    mayStandAs: ['running'],
    refusal: 'it cannot be resumed. Start another one.',
  },
  cancel: {
    operationId: 'cancelBackfill',
    summary: 'Ends it, on all workers within seconds; what was copied stays.',
    mayStandAs: ['cancelled'],
    refusal: 'it cannot be cancelled.',
  },
  'retry-failed': {
    operationId: 'retryFailedOfBackfill',
    summary: 'Tries all objects of its failure list again; one that was done runs again until they are.',
    // Nothing has failed, or they are under way.
    mayStandAs: ['running', 'paused', 'done'],
    refusal: 'what failed in it cannot be tried again. Start another one.',
  },
};

export function addBackfillChangeRoutes(app: App, dependencies: AppDependencies): void {
  for (const change of BACKFILL_CHANGES) addChange(app, change, dependencies);
}

function addChange(app: App, change: BackfillChange, { backfills, now }: AppDependencies): void {
  const { operationId, summary, mayStandAs, refusal } = CHANGES[change];
  app.post(
    `/backfill/:id/${change}`,
    {
      schema: { params: BackfillId, querystring: Nothing, body: Nothing, response: { 200: BackfillBody } },
      config: { operationId, summary, problemStatuses: [404, 409] },
      preValidation: async request => {
        if (request.body === undefined) request.body = {};
      },
    },
    async request => {
      const { id } = request.params;
      const isChanged = await backfills.change(id, change);
      const backfill = await backfills.find(id);
      if (backfill === undefined) throw noSuchBackfill();
      if (isChanged || mayStandAs.includes(backfill.status)) return viewBackfill(backfill, now());
      throw new BridgeError({
        kind: 'permanent',
        code: 'backfill-has-ended',
        message: `The backfill is ${backfill.status}; ${refusal}`,
      });
    },
  );
}
