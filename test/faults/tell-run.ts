// A run in one line of figures, for people who compare runs.

import { MEBIBYTE } from '../../shared/limits.ts';
import type { Moved } from './move-changing-bucket.ts';
import type { StruckBridge } from './struck-bridge.ts';

export function tellRun(name: string, figures: Readonly<Record<string, unknown>>): void {
  console.log(`${name}: ${JSON.stringify(figures)}`);
}

export function figuresOf(struck: StruckBridge, { source, seededBytes, seconds }: Moved) {
  const { strikes, receipts, requests, bytesRead } = struck;
  const { messages, maxReceiveCount } = receipts.report;
  return {
    strikes: strikes.made,
    strikesInWork: strikes.inWork,
    requests,
    messages,
    maxReceiveCount,
    changes: source.changes,
    mebibytesOfVersions: Math.round((seededBytes + source.writtenBytes) / MEBIBYTE),
    mebibytesRead: Math.round(bytesRead / MEBIBYTE),
    seconds: Math.round(seconds),
  };
}
