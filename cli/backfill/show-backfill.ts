import { toAsciiJson } from '../../shared/messages/ascii-json.ts';
import type { CliIo } from '../cli-io.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { describeBackfill } from './describe-backfill.ts';
import { type BackfillUse, findId, openApi } from './open-api.ts';

export async function showBackfill(io: CliIo, options: BackfillUse): Promise<ExitCode> {
  const api = openApi(io, options);
  const backfill = await api.find(await findId(api, options.id));
  io.stdout(options.json ? `${toAsciiJson(backfill)}\n` : describeBackfill(backfill));
  return EXIT.ok;
}
