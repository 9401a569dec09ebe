import type { BackfillChange } from '../../aws-worker/http/app-dependencies.ts';
import { toAsciiJson } from '../../shared/messages/ascii-json.ts';
import { escapeControls } from '../../shared/messages/quote-text.ts';
import type { CliIo } from '../cli-io.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { titleOf } from './describe-backfill.ts';
import { type BackfillUse, findId, openApi } from './open-api.ts';

/** What a person wants to know next. */
const NEXT: Readonly<Record<BackfillChange, (id: string) => string>> = {
  pause: id => `What is under way stops within seconds. bridge backfill resume ${id} goes on with it.`,
  resume: id => `bridge backfill watch ${id} shows how it gets on.`,
  cancel: () => 'What was copied stays. What is under way stops within seconds.',
  'retry-failed': id => `bridge backfill watch ${id} shows how it gets on.`,
};

export async function changeBackfill(
  io: CliIo,
  options: BackfillUse & { readonly change: BackfillChange },
): Promise<ExitCode> {
  const api = openApi(io, options);
  const backfill = await api.change(await findId(api, options.id), options.change);
  if (options.json) io.stdout(`${toAsciiJson(backfill)}\n`);
  else {
    io.stdout(`${titleOf(backfill)}: ${backfill.state}\n${NEXT[options.change](escapeControls(backfill.id))}\n`);
  }
  return EXIT.ok;
}
