// What is looked at before the first message is received: a wrong key, region or policy is said now, in one sentence, not once for each object.

import { isKind } from '../shared/bridge-error.ts';
import { concernsEverything } from '../shared/error-scope.ts';
import type { Log } from '../shared/log.ts';
import type { Storage } from './connect-storage.ts';
import { tryUntilAnswered } from './try-until-answered.ts';

/** The bucket was listed just now, so this is about one object, or passes; and each try has been repeated by the adapter. */
const FIRST_OBJECT_TRIES = 2;

/**
 * Lists the source and probes the destination.
 * @throws BridgeError permanent: what has to be mended by a person
 */
export async function checkClouds(
  storage: Storage,
  options: { readonly prefix: string; readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  const { prefix, signal } = options;
  const page = await tryUntilAnswered(
    () => storage.listing.list({ prefix, startAfter: '', limit: 1, signal }),
    options,
  );
  const [first] = page.objects;
  if (first !== undefined) await sayIfUnreadable(storage, first.key, options);
  await tryUntilAnswered(() => storage.destination.probe({ signal }), options);
}

/**
 * Listing and reading are two permissions. But one object may be closed on purpose, or broken for good: what every object would meet, and only a person can
 * mend, ends the start; anything else is said, and stops nothing.
 */
async function sayIfUnreadable(
  storage: Storage,
  key: string,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  try {
    await tryUntilAnswered(() => storage.source.head(key, { signal }), { signal, log, maxTries: FIRST_OBJECT_TRIES });
  } catch (error) {
    if (isKind(error, 'cancelled') || (isKind(error, 'permanent') && concernsEverything(error))) throw error;
    log.error(
      'The bucket can be listed, but its first object cannot be read. Objects that cannot be read will be listed as failed.',
      { sourceKey: key, error },
    );
  }
}
