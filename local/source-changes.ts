// What changes at the source while it is moved: the demo's own traffic, or whatever somebody does to the folder.

import { AWKWARD_KEYS } from './demo/awkward-keys.ts';
import { demoObjects } from './demo/demo-objects.ts';
import { makeLiveTraffic } from './demo/live-traffic.ts';
import { fireFolderEvents } from './fire-folder-events.ts';
import type { LocalCloud } from './local-cloud.ts';
import type { Buckets } from './open-buckets.ts';

const LIVE_ROUNDS = 200;
const OVERWRITABLE_KEYS = 500;

interface Source {
  readonly buckets: Buckets;
  readonly cloud: LocalCloud;
  readonly stop: AbortSignal;
}

export interface Changes {
  readonly isOver: boolean;
  /** @throws what ended the changes early */
  check(): void;
}

export function makeDemoTraffic({ cloud, stop }: Source): Changes {
  const overwritableKeys = demoObjects()
    .map(object => object.key)
    .filter(key => !AWKWARD_KEYS.some(awkward => awkward === key))
    .slice(0, OVERWRITABLE_KEYS);
  return background(
    makeLiveTraffic({ ossEndpoint: cloud.oss.endpoint, overwritableKeys, rounds: LIVE_ROUNDS, signal: stop }),
  );
}

/** It never ends by itself. */
export function watchSource({ buckets, cloud, stop }: Source): Changes {
  const changes = background(fireFolderEvents({ source: buckets.source, cloud, signal: stop }));
  return { isOver: true, check: changes.check };
}

function background(work: Promise<unknown>): Changes {
  let isOver = false;
  let failure: unknown;
  work.then(
    () => {
      isOver = true;
    },
    error => {
      failure = error ?? new Error('unknown');
    },
  );
  return {
    get isOver() {
      return isOver;
    },
    check() {
      if (failure !== undefined) throw failure;
    },
  };
}
