// Runs items at the same time, each as soon as those that it needs are done, and each within its time. What an item needs and did not get is
// not looked at: it would only say the same in other words. A signal ends all of them; what they made in a cloud is removed first, for which
// they have a little longer.

import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, problem, problemOf, skipped } from './finding.ts';

export interface ItemResult {
  readonly item: Pick<DoctorItem, 'id' | 'area' | 'title'>;
  readonly finding: Finding;
  /** The id of the item that failed, where this one was skipped for it. */
  readonly because?: string;
  readonly durationMs: number;
}

export interface RunOptions {
  readonly context: DoctorContext;
  readonly signal: AbortSignal;
  /** Results that are there already, and may be needed. */
  readonly known: readonly ItemResult[];
  /** Told in the order of the items, as soon as that is possible. */
  readonly onResult: (result: ItemResult) => void;
}

const DEFAULT_LIMIT_SECONDS = 20;
/** A probe tidies up within 10 seconds, and may have two things to tidy. */
const CLEANUP_SECONDS = 25;

/** In the order of the items. Never rejects for what an item throws. */
export async function runItems(items: readonly DoctorItem[], options: RunOptions): Promise<readonly ItemResult[]> {
  const results = new Map<string, Promise<ItemResult>>();
  for (const known of options.known) results.set(known.item.id, Promise.resolve(known));
  const running = items.map(item => {
    const result = runWhenReady(
      item,
      item.needs.flatMap(id => results.get(id) ?? []),
      options,
    );
    results.set(item.id, result);
    return result;
  });
  const done: ItemResult[] = [];
  for (const next of running) {
    const result = await next;
    options.onResult(result);
    done.push(result);
  }
  return done;
}

async function runWhenReady(
  item: DoctorItem,
  needed: readonly Promise<ItemResult>[],
  options: RunOptions,
): Promise<ItemResult> {
  const failed = (await Promise.all(needed)).find(isUnmet);
  if (failed !== undefined) return skippedFor(item, failed);
  const startedAt = performance.now();
  const finding = options.signal.aborted ? skipped('Interrupted.') : await look(item, options);
  return { item, finding, durationMs: Math.round(performance.now() - startedAt) };
}

/** What skips itself (nothing to look at, no permission) keeps nobody from anything. */
function isUnmet({ finding, because }: ItemResult): boolean {
  return finding.status === 'problem' || because !== undefined;
}

/** @returns the result of an item that needs one which failed, or was itself skipped for one */
export function skippedFor(item: DoctorItem, failed: ItemResult): ItemResult {
  const because = failed.because ?? failed.item.id;
  return { item, finding: skipped(`Not looked at, because ${because} has a problem.`), because, durationMs: 0 };
}

async function look(item: DoctorItem, { context, signal: outer }: RunOptions): Promise<Finding> {
  const limitSeconds = item.limitSeconds ?? DEFAULT_LIMIT_SECONDS;
  const limit = AbortSignal.timeout(limitSeconds * 1000);
  const signal = AbortSignal.any([outer, limit]);
  try {
    return await endsSoonAfter(signal, () => item.run(context, signal));
  } catch (error) {
    if (outer.aborted) return skipped('Interrupted.');
    if (!limit.aborted) return problemOf(error);
    return problem(
      `No end within ${limitSeconds} s. Look at the way from this machine to there: DNS, firewall, proxy, endpoint settings.`,
      { code: 'timed-out' },
    );
  }
}

/** As `work` ends, but not much later than the signal: what does not heed it is left behind, and fails unheard. */
async function endsSoonAfter<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const tooLate = new Promise<never>((_, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(signal.reason), CLEANUP_SECONDS * 1000);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work(), tooLate]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}
