import { randomUUID } from 'node:crypto';
import type { BackfillMode } from '../../aws-worker/ledger/ledger.ts';
import { isKind } from '../../shared/bridge-error.ts';
import { toAsciiJson } from '../../shared/messages/ascii-json.ts';
import { escapeControls } from '../../shared/messages/quote-text.ts';
import type { CliIo } from '../cli-io.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { titleOf } from './describe-backfill.ts';
import { formatTime } from './format-values.ts';
import { type ApiUse, openApi } from './open-api.ts';
import { watchBackfill } from './watch-backfill.ts';

export interface StartOptions extends ApiUse {
  readonly prefix?: string;
  readonly mode?: BackfillMode;
  readonly force?: true;
  readonly idempotencyKey?: string;
  readonly watch?: true;
}

export async function startBackfill(io: CliIo, options: StartOptions): Promise<ExitCode> {
  const { prefix, mode, force, idempotencyKey = randomUUID(), watch, json } = options;
  const request = {
    ...(prefix === undefined ? {} : { prefix }),
    ...(mode === undefined ? {} : { mode }),
    ...(force === undefined ? {} : { force }),
  };
  let isUnsure = false;
  const onRepeat = () => {
    isUnsure = true;
  };
  const api = openApi(io, { ...options, onRepeat });
  const backfill = await api.start(request, idempotencyKey).catch(error => {
    if (isUnsure && isKind(error, 'retryable')) io.stderr(adviceFor(idempotencyKey));
    throw error;
  });
  if (watch) return await watchBackfill(io, { ...options, id: backfill.id });
  if (json) io.stdout(`${toAsciiJson(backfill)}\n`);
  else {
    io.stdout(`${titleOf(backfill)}: ${backfill.state}, started at ${formatTime(backfill.createdAt)}\n`);
    io.stdout(`bridge backfill watch ${escapeControls(backfill.id)} shows how it gets on.\n`);
  }
  return EXIT.ok;
}

function adviceFor(idempotencyKey: string): string {
  return `It may have been started all the same. To find out without starting a second one, repeat the command with --idempotency-key ${idempotencyKey}\n`;
}
