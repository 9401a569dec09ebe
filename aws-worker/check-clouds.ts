// What is looked at before the first message is received: a wrong key, region or policy is said now, in one sentence, not once for each object.

import { hasCode } from '../shared/bridge-error.ts';
import type { Log } from '../shared/log.ts';
import type { Storage } from './connect-storage.ts';
import { tryUntilAnswered } from './try-until-answered.ts';

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

/** Listing and reading are two permissions. One object may be closed on purpose, so this is said, and stops nothing. */
async function sayIfUnreadable(
  storage: Storage,
  key: string,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  try {
    await tryUntilAnswered(() => storage.source.head(key, { signal }), { signal, log });
  } catch (error) {
    if (!hasCode(error, 'source-access-denied')) throw error;
    log.error(
      'The bucket can be listed, but its first object cannot be read. Objects that cannot be read will be listed as failed.',
      { error },
    );
  }
}
