import { BridgeError } from '../../shared/bridge-error.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import type { CliIo } from '../cli-io.ts';
import { type ApiOptions, readApiSettings } from './api-settings.ts';
import { type BridgeApi, createBridgeApi } from './bridge-api.ts';

/** What every command that asks the API takes. */
export interface ApiUse extends ApiOptions {
  readonly json?: true;
  /** Of tests. */
  readonly clock?: Clock;
}

/** And what those take that are about one backfill: its id, or `latest`. */
export interface BackfillUse extends ApiUse {
  readonly id: string;
}

/** @throws BridgeError permanent `invalid-configuration` */
export function openApi(io: CliIo, options: ApiUse & { readonly onRepeat?: () => void }): BridgeApi {
  return createBridgeApi({
    settings: readApiSettings(io.environment, options),
    clock: options.clock ?? systemClock,
    signal: io.signal,
    onRepeat: error => {
      io.stderr(`${error.message} Asking again.\n`);
      options.onRepeat?.();
    },
  });
}

/**
 * `latest` is the one that was started last.
 * @throws BridgeError permanent `backfill-not-found`
 */
export async function findId(api: BridgeApi, id: string): Promise<string> {
  // In a path, these would lead elsewhere.
  if (/^\.{0,2}$/.test(id))
    throw noBackfill('There is no such backfill; `bridge backfill list` shows those that there are.');
  if (id !== 'latest') return id;
  const [latest] = await api.list(1);
  if (latest === undefined) throw noBackfill('There is no backfill yet; `bridge backfill start` starts one.');
  return latest.id;
}

function noBackfill(message: string): BridgeError {
  return new BridgeError({ kind: 'permanent', code: 'backfill-not-found', message });
}
