// What must hold of a case when it is over, whatever happened in it.

import { expect } from 'vitest';
import { expectReasons } from './dead-letters.ts';
import type { Standing } from './moving-play.ts';
import type { RecordedVersion } from './moving-recorded-store.ts';

const CARRIED_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
/** Metadata of the product's own: who has it was written by the worker. */
const RECORD_PREFIX = 'bridge-';

/** All that must be the same on both sides. */
function essenceOf({ sizeBytes, sha256, headers, metadata }: RecordedVersion) {
  return {
    sizeBytes,
    sha256,
    headers: Object.fromEntries(CARRIED_HEADERS.map(name => [name, headers[name]])),
    metadata: Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith(RECORD_PREFIX))),
  };
}

function sameEssence(a: RecordedVersion, b: RecordedVersion): boolean {
  return JSON.stringify(essenceOf(a)) === JSON.stringify(essenceOf(b));
}

export function isOurs({ metadata }: RecordedVersion): boolean {
  return Object.keys(metadata).some(name => name.startsWith(RECORD_PREFIX));
}

export function expectEqual({ source, destination }: Standing): void {
  const [from, to] = [source.at(-1), destination.at(-1)];
  expect(from).toBeDefined();
  expect(to === undefined ? undefined : essenceOf(to)).toEqual(from === undefined ? undefined : essenceOf(from));
}

/**
 * Each object that the worker ever made visible is one version of the source, whole, with what describes it; and they follow each other as the
 * source's did: none is written over a later one.
 */
export function expectOnlySourceVersionsInOrder({ source, destination }: Standing): void {
  let at = 0;
  for (const written of destination) {
    if (written === undefined || !isOurs(written)) continue;
    const next = source.findIndex((version, index) => {
      return index >= at && version !== undefined && sameEssence(version, written);
    });
    expect({ written: essenceOf(written), isOfSource: next >= 0 }).toMatchObject({ isOfSource: true });
    at = next;
  }
}

export function expectNoFailure({ failures, deadLetters }: Standing): void {
  expect(failures).toEqual([]);
  expect(deadLetters).toEqual([]);
}

/** Listed with this code, and in the dead-letter queue with it and a reason, once. */
export function expectFailure({ failures, deadLetters }: Standing, code: string): void {
  expect(failures.map(failure => failure.code)).toEqual([code]);
  expect(deadLetters).toHaveLength(1);
  expectReasons(deadLetters, code);
}

/** How the first message ended: of a backfill, as it was counted; exactly one object, counted once. */
export function firstOutcome({ backfill, outcomes }: Standing): string | undefined {
  if (backfill === undefined) return outcomes[0];
  const { found, copied, skipped, sourceMissing, archived, unverified, failed, remaining } = backfill;
  expect({ found, remaining }).toEqual({ found: 1, remaining: 0 });
  expect(copied + skipped + sourceMissing + archived + unverified + failed).toBe(1);
  expect(backfill.bytes.remaining).toBe(0);
  const counts = { copied, skipped, 'source-missing': sourceMissing, archived, unverified, failed };
  return Object.entries(counts).find(([, count]) => count === 1)?.[0];
}
