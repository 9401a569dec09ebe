import { toAsciiJson } from '../../shared/messages/ascii-json.ts';
import type { CliIo } from '../cli-io.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { listBackfillLines } from './describe-backfill.ts';
import { type ApiUse, openApi } from './open-api.ts';

export async function listBackfills(io: CliIo, options: ApiUse & { readonly limit: number }): Promise<ExitCode> {
  const backfills = await openApi(io, options).list(options.limit);
  if (options.json) io.stdout(`${toAsciiJson({ backfills })}\n`);
  else if (backfills.length === 0) io.stdout('There is no backfill yet; `bridge backfill start` starts one.\n');
  else {
    // What reads a pipe wants whole values.
    const maxWidth = io.isTerminal ? io.columns : Number.POSITIVE_INFINITY;
    io.stdout(`${listBackfillLines(backfills, maxWidth).join('\n')}\n`);
  }
  return EXIT.ok;
}
