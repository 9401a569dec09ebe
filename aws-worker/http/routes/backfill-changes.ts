import { BridgeError } from '../../../shared/bridge-error.ts';
import type { BackfillStatus } from '../../ledger/ledger.ts';
import { type AppDependencies, BACKFILL_CHANGES, type BackfillChange } from '../app-dependencies.ts';
import { BackfillBody, viewBackfill } from '../backfill-view.ts';
import { type App, BackfillId, Nothing } from '../typed-app.ts';
import { noSuchBackfill } from './backfills.ts';

const CHANGES: Readonly<
  Record<BackfillChange, { readonly result: BackfillStatus; readonly participle: string; readonly summary: string }>
> = {
  pause: {
    result: 'paused',
    participle: 'paused',
    summary: 'Stops listing and copying until it is resumed; what is being copied now is finished.',
  },
  resume: { result: 'running', participle: 'resumed', summary: 'Goes on where it was paused.' },
  cancel: { result: 'cancelled', participle: 'cancelled', summary: 'Ends it; what was copied stays.' },
};

export function addBackfillChangeRoutes(app: App, dependencies: AppDependencies): void {
  for (const change of BACKFILL_CHANGES) addChange(app, change, dependencies);
}

function addChange(app: App, change: BackfillChange, { backfills, now }: AppDependencies): void {
  const { result, participle, summary } = CHANGES[change];
  app.post(
    `/backfill/:id/${change}`,
    {
      schema: { params: BackfillId, querystring: Nothing, body: Nothing, response: { 200: BackfillBody } },
      config: { operationId: `${change}Backfill`, summary, problemStatuses: [404, 409] },
      preValidation: async request => {
        if (request.body === undefined) request.body = {};
      },
    },
    async request => {
      const { id } = request.params;
      const wasChanged = await backfills.change(id, change);
      const backfill = await backfills.find(id);
      if (backfill === undefined) throw noSuchBackfill();
      // Asked twice, it is answered twice: what counts is how it stands.
      if (wasChanged || backfill.status === result) return viewBackfill(backfill, now());
      throw new BridgeError({
        kind: 'permanent',
        code: 'backfill-has-ended',
        message: `The backfill is ${backfill.status}; it cannot be ${participle}.`,
      });
    },
  );
}
