// What an application does to its bucket while it is being moved: new objects, overwritten ones, copies, appends, multipart uploads. By ali-oss.

import { setTimeout as delay } from 'node:timers/promises';
import OSS from 'ali-oss';
import { MEBIBYTE } from '../../shared/limits.ts';
import { LOCAL } from '../local-cloud.ts';
import { pseudoRandomBytes } from './pseudo-random-bytes.ts';

const PAUSE_MILLISECONDS = 25;
const MULTIPART_BYTES = 9 * MEBIBYTE;

export interface LiveTraffic {
  readonly written: { readonly created: number; readonly overwritten: number };
}

/** Writes for so many rounds, or until the signal is aborted. @throws whatever ali-oss throws */
export async function makeLiveTraffic(options: {
  readonly ossEndpoint: string;
  readonly overwritableKeys: readonly string[];
  readonly rounds: number;
  readonly signal: AbortSignal;
}): Promise<LiveTraffic> {
  const client = new OSS({
    region: `oss-${LOCAL.ossRegion}`,
    bucket: LOCAL.ossBucket,
    endpoint: options.ossEndpoint,
    accessKeyId: LOCAL.ossCredentials.accessKeyId,
    accessKeySecret: LOCAL.ossCredentials.accessKeySecret,
    authorizationV4: true,
  });
  const written = { created: 0, overwritten: 0 };
  let logBytes = 0;
  for (let round = 0; round < options.rounds && !options.signal.aborted; round++) {
    const body = (sizeBytes: number) => Buffer.concat([...pseudoRandomBytes(`live ${round}`, sizeBytes)]);
    await client.put(`uploads/${String(round).padStart(4, '0')}.json`, body(200 + round * 37), {
      meta: { pid: round, uid: 0 },
    });
    written.created++;
    const overwritten = options.overwritableKeys[(round * 7919) % options.overwritableKeys.length];
    if (overwritten !== undefined) {
      await client.put(overwritten, body(3000 + round));
      written.overwritten++;
    }
    if (round % 20 === 5) {
      await client.copy(`uploads/copy-${round}.json`, `uploads/${String(round).padStart(4, '0')}.json`);
      const appended = await client.append('logs/application.log', body(500), { position: String(logBytes) });
      logBytes = Number(appended.nextAppendPosition);
      written.created += 2;
    }
    if (round % 100 === 50) {
      await client.multipartUpload(`uploads/large-${round}.bin`, body(MULTIPART_BYTES), {
        partSize: MEBIBYTE,
        parallel: 2,
      });
      written.created++;
    }
    await delay(PAUSE_MILLISECONDS);
  }
  return { written };
}
