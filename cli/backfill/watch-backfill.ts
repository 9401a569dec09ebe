// Looks at a backfill once a second until it has ended or is paused. It goes on when nobody answers for a while, as when the worker starts again;
// it only looks: whatever ends it, the backfill goes on.

import type { BackfillBody } from '../../aws-worker/http/backfill-view.ts';
import { BridgeError, isKind } from '../../shared/bridge-error.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { escapeControls } from '../../shared/messages/quote-text.ts';
import type { CliIo } from '../cli-io.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { BridgeApi } from './bridge-api.ts';
import { describeBackfill, titleOf } from './describe-backfill.ts';
import { createPaceMeter } from './measure-pace.ts';
import { type BackfillUse, findId, openApi } from './open-api.ts';
import { createLineDisplay, createLiveDisplay, type WatchDisplay } from './watch-display.ts';

const LOOK_EVERY_MILLISECONDS = 1_000;
/** How soon another width of the terminal shows. */
const REFRESH_EVERY_MILLISECONDS = 200;
/** A machine has started again by then. */
const PATIENCE_MILLISECONDS = 15 * 60_000;

export async function watchBackfill(io: CliIo, options: BackfillUse): Promise<ExitCode> {
  const { clock = systemClock } = options;
  const api = openApi(io, options);
  const isJson = options.json === true;
  const isLive = io.isTerminal && !isJson;
  const display = isLive ? createLiveDisplay(io) : createLineDisplay(io, { isJson });
  const found = await findId(api, options.id);
  try {
    const first = await api.find(found);
    if (!isJson) io.stdout(`${titleOf(first)}\n`);
    const ended = await lookUntilEnd({ io, api, clock, display, isLive, first });
    display.clear();
    if (!isJson) io.stdout(describeBackfill(ended));
    return exitCodeOf(ended);
  } catch (error) {
    display.end();
    if (!io.signal.aborted || !isKind(error, 'cancelled')) throw error;
    const shown = escapeControls(found);
    io.stderr(
      `The backfill goes on. bridge backfill watch ${shown} looks at it again, bridge backfill cancel ${shown} ends it.\n`,
    );
    return EXIT.cancelled;
  }
}

interface Watching {
  readonly io: CliIo;
  readonly api: BridgeApi;
  readonly clock: Clock;
  readonly display: WatchDisplay;
  readonly isLive: boolean;
  readonly first: BackfillBody;
}

/** @throws BridgeError: a look failed for good, or each did for a quarter of an hour; `cancelled` by the signal */
async function lookUntilEnd(watching: Watching): Promise<BackfillBody> {
  const { io, api, clock, display, isLive, first } = watching;
  let paceOf = createPaceMeter();
  let backfill = first;
  let pace = paceOf(clock.now(), backfill);
  let answeredAt = clock.now();
  let isSilent = false;
  for (let number = 0; ; number++) {
    const silent = isSilent ? { silentSeconds: (clock.now() - answeredAt) / 1000 } : {};
    display.show({ backfill, pace, number, ...silent }, clock.date());
    if (hasEnded(backfill)) return backfill;
    await waitForNextLook(watching);
    try {
      backfill = await api.find(first.id);
      answeredAt = clock.now();
      if (isSilent && !isLive) io.stderr('It answers again.\n');
      // A standstill is no pace.
      if (isSilent) paceOf = createPaceMeter();
      isSilent = false;
      pace = paceOf(answeredAt, backfill);
    } catch (error) {
      if (!isPassing(error) || clock.now() - answeredAt > PATIENCE_MILLISECONDS) throw error;
      // A terminal shows it among the rest.
      if (!isSilent && !isLive) io.stderr(`${error.message} Asking again.\n`);
      isSilent = true;
    }
  }
}

/** It is not there now, or cannot answer now. */
function isPassing(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.kind === 'retryable';
}

async function waitForNextLook({ io, clock, display }: Watching): Promise<void> {
  for (let waited = 0; waited < LOOK_EVERY_MILLISECONDS; waited += REFRESH_EVERY_MILLISECONDS) {
    await clock.wait(REFRESH_EVERY_MILLISECONDS, io.signal);
    display.refresh();
  }
}

function hasEnded({ state }: BackfillBody): boolean {
  return state === 'done' || state === 'cancelled' || state === 'paused';
}

function exitCodeOf({ state, failed }: BackfillBody): ExitCode {
  if (state !== 'done') return EXIT.failed;
  return failed > 0 ? EXIT.differs : EXIT.ok;
}
