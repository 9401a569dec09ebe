// How fast one connection reads from OSS: an order of magnitude, not a benchmark. At most 8 MiB, and 3 seconds.

import { BridgeError } from '../../shared/bridge-error.ts';
import { MEBIBYTE, TEBIBYTE } from '../../shared/limits.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, skipped, warning } from './finding.ts';
import { goneMidway, readableSample } from './oss-object-items.ts';

export const OSS_BANDWIDTH_ITEMS: readonly DoctorItem[] = [
  { id: 'oss-bandwidth', area: 'OSS', title: 'bandwidth', needs: ['oss-read'], run: lookAtBandwidth },
];

const MAX_BYTES = 8 * MEBIBYTE;
/** Less says more of the first packets than of the line. */
const MIN_BYTES = MEBIBYTE / 4;
/** Of one connection, in bytes a second: lines across borders that lose packets are like that. */
const SLOW = MEBIBYTE;
const SECONDS_PER_HOUR = 3600;
const HOURS_PER_DAY = 24;

async function lookAtBandwidth(context: DoctorContext, outer: AbortSignal): Promise<Finding> {
  const sample = await readableSample(context, outer);
  if (sample === undefined || sample.sizeBytes < MIN_BYTES) {
    return skipped('No object of the sample is large enough to measure (256 KiB).');
  }
  const end = Math.min(sample.sizeBytes, MAX_BYTES);
  const { bandwidthSeconds } = context.seams;
  const limit = AbortSignal.timeout(bandwidthSeconds * 1000);
  const signal = AbortSignal.any([outer, limit]);
  const startedAt = performance.now();
  let bytes = 0;
  try {
    const opened = await context.storage.source.open(sample.key, { signal, range: { start: 0, end } });
    if (opened === undefined) throw goneMidway(sample.key);
    await opened.readInto(Buffer.allocUnsafe(end), piece => {
      bytes += piece.length;
    });
  } catch (error) {
    // The end of the time is no failure, as long as something came.
    if (outer.aborted || !limit.aborted) throw error;
    if (bytes === 0) throw nothingCame(bandwidthSeconds);
  }
  return judgeBandwidth({ bytes, milliseconds: performance.now() - startedAt, config: context.config });
}

function nothingCame(seconds: number): BridgeError {
  const message = `Not a byte of an object came within ${seconds} s. Look at the way from this machine to OSS: firewall, proxy, MTU.`;
  return new BridgeError({ kind: 'retryable', code: 'source-unreachable', message });
}

export function judgeBandwidth({
  bytes,
  milliseconds,
  config,
}: {
  readonly bytes: number;
  readonly milliseconds: number;
  readonly config: Pick<DoctorContext['config'], 'tuning' | 'oss'>;
}): Finding {
  const bytesPerSecond = Math.round((bytes * 1000) / Math.max(milliseconds, 1));
  const { maxConcurrentObjects } = config.tuning;
  const one = inWords(TEBIBYTE / bytesPerSecond);
  const all = inWords(TEBIBYTE / bytesPerSecond / maxConcurrentObjects);
  const limit = config.oss.maxMegabitsPerSecond;
  const text = `${(bytesPerSecond / MEBIBYTE).toFixed(1)} MiB/s on one connection: 1 TiB in ${one}; with the worker's ${maxConcurrentObjects} in ${all} at best, as far as line and processor go.`;
  const facts = { bytesPerSecond, bytes, milliseconds: Math.round(milliseconds) };
  if (bytesPerSecond >= SLOW) return ok(text, { facts });
  const advice =
    limit === undefined
      ? 'That is slow: a worker near the bucket, transfer acceleration (OSS_ENDPOINT=https://oss-accelerate.aliyuncs.com), or a leased line may be faster.'
      : `That is slow; OSS_MAX_MEGABITS_PER_SECOND=${limit} limits it, too.`;
  return warning(text, { facts, advice: [advice] });
}

function inWords(seconds: number): string {
  const hours = seconds / SECONDS_PER_HOUR;
  if (hours >= 2 * HOURS_PER_DAY) return `${Math.round(hours / HOURS_PER_DAY)} days`;
  return hours >= 2 ? `${Math.round(hours)} h` : `${Math.max(1, Math.round(seconds / 60))} min`;
}
