import type { BackfillBody } from '../../../../aws-worker/http/backfill-view.ts';

type Counts = BackfillBody['bytes'];

const NONE: Counts = {
  found: 0,
  copied: 0,
  skipped: 0,
  sourceMissing: 0,
  archived: 0,
  unverified: 0,
  failed: 0,
  remaining: 0,
};

/** What the worker answers; but for what is given, nothing was found yet. What has not ended otherwise was copied, or remains. */
export function aBody(
  given: Partial<BackfillBody> = {},
  counts: { readonly objects?: Partial<Counts>; readonly bytes?: Partial<Counts> } = {},
): BackfillBody {
  return {
    id: 'bf-1',
    state: 'copying',
    prefix: '',
    mode: 'missing',
    createdAt: '2026-03-04T05:06:00.000Z',
    endedAt: null,
    etaSeconds: null,
    objectsPerSecond: 0,
    megabytesPerSecond: 0,
    ...NONE,
    ...counts.objects,
    bytes: { ...NONE, ...counts.bytes },
    ...given,
  };
}
