import { toAsciiJson } from '../../shared/messages/ascii-json.ts';
import { escapeControls } from '../../shared/messages/quote-text.ts';
import type { CliIo } from '../cli-io.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { formatBytes, formatKey, formatTime } from './format-values.ts';
import { type BackfillUse, findId, openApi } from './open-api.ts';

/** A line for each object, page after page: a list of any length takes no more memory than a page. */
export async function listFailures(io: CliIo, options: BackfillUse & { readonly limit?: number }): Promise<ExitCode> {
  const { id, limit = Number.POSITIVE_INFINITY, json } = options;
  const api = openApi(io, options);
  let listed = 0;
  for await (const failure of api.failures(await findId(api, id))) {
    const { key, code, reason, sizeBytes, at } = failure;
    const fields = [
      formatTime(at),
      escapeControls(code),
      formatKey(key),
      formatBytes(sizeBytes),
      escapeControls(reason),
    ];
    io.stdout(`${json ? toAsciiJson(failure) : fields.join('  ')}\n`);
    listed++;
    if (listed === limit) break;
  }
  if (listed === 0 && !json) io.stdout('Nothing has failed.\n');
  return EXIT.ok;
}
