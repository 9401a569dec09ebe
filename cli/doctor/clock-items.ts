// This machine's clock against the `Date` of each cloud. Both refuse signatures that are more than 15 minutes off.

import { addressBucket } from '../../aws-worker/storage/oss-endpoint.ts';
import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

export const CLOCK_ITEMS: readonly DoctorItem[] = [
  {
    id: 'clock-oss',
    area: 'Clocks',
    title: 'against OSS',
    needs: ['oss-endpoint'],
    run: (context, signal) => lookAtClock(context, addressBucket(context.config.oss).origin, signal),
  },
  {
    id: 'clock-aws',
    area: 'Clocks',
    title: 'against AWS',
    needs: ['config'],
    run: async (context, signal) => lookAtClock(context, await addressS3(context), signal),
  },
];

/** Without the role: STS, which gives it, refuses a clock that is wrong. */
async function addressS3({ config, openStorage }: DoctorContext): Promise<string> {
  const storage = openStorage({ config: { ...config, s3: { ...config.s3, role: undefined } } });
  try {
    return await storage.destination.bucketSettings.origin();
  } finally {
    await storage.close();
  }
}

const WARN_SECONDS = 60;
const PROBLEM_SECONDS = 300;

async function lookAtClock({ seams }: DoctorContext, origin: string, signal: AbortSignal): Promise<Finding> {
  const before = seams.now();
  const theirs = await askDate(origin, signal);
  // The header has whole seconds: on average half of one has passed.
  const offsetSeconds = Math.round(((before + seams.now()) / 2 - (theirs + 500)) / 1000);
  return judgeClock(offsetSeconds);
}

export function judgeClock(offsetSeconds: number): Finding {
  const facts = { offsetSeconds };
  const apart = Math.abs(offsetSeconds);
  const direction = offsetSeconds < 0 ? 'behind' : 'ahead';
  if (apart <= WARN_SECONDS) return ok(apart <= 1 ? 'The same time.' : `${apart} s ${direction}.`, { facts });
  const judge = apart > PROBLEM_SECONDS ? problem : warning;
  return judge(
    `This machine's clock is ${apart} s ${direction}; signatures are refused from 15 minutes on. Set it: sudo timedatectl set-ntp true, or chrony.`,
    { facts, code: 'clock-skew' },
  );
}

/** Unsigned: also a refusal has a date. A proxy in between would give its own. */
async function askDate(origin: string, signal: AbortSignal): Promise<number> {
  try {
    const answer = await fetch(origin, { method: 'HEAD', redirect: 'manual', signal });
    const date = Date.parse(answer.headers.get('date') ?? '');
    if (!Number.isNaN(date)) return date;
  } catch (cause) {
    if (signal.aborted) throw cancelledBy(signal);
    throw noDate(origin, cause);
  }
  throw noDate(origin);
}

function noDate(origin: string, cause?: unknown): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'no-date',
    message: `${origin} did not say what time it is. Check its address, DNS and the way out of this network.`,
    cause,
  });
}
