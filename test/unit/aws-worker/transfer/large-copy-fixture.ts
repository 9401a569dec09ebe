// A copy of one large object, and one that broke off, on the fakes of transfer-fixture.ts.

import { expect } from 'vitest';
import type { LargeCopied } from '../../../../aws-worker/transfer/copy-large.ts';
import { copyLarge } from '../../../../aws-worker/transfer/copy-large.ts';
import type { WriteCondition } from '../../../../aws-worker/transfer/object-destination.ts';
import { S3_MIN_PART_BYTES } from '../../../../aws-worker/transfer/plan-parts.ts';
import type { TransferSettings } from '../../../../aws-worker/transfer/transfer-context.ts';
import { createTransferFixture, error, KEY, pattern, SIGNAL, type TransferFixture } from './transfer-fixture.ts';

export const EMPTY: WriteCondition = { kind: 'empty' };
/** Three parts, the last one short. */
export const THREE_PARTS = pattern(2 * S3_MIN_PART_BYTES + 1, 3);

export interface Change {
  readonly settings?: Partial<TransferSettings>;
  readonly lookBeforeComplete?: () => Promise<WriteCondition>;
  readonly backfill?: string;
}

export function copy({ context, source }: TransferFixture, change: Change = {}): Promise<LargeCopied> {
  const object = source.current(KEY)?.object;
  if (object === undefined) throw new Error('nothing to copy');
  const { settings, lookBeforeComplete = async () => EMPTY, backfill } = change;
  return copyLarge(
    { ...context, settings: { ...context.settings, ...settings } },
    { object, destinationKey: KEY, backfill, lookBeforeComplete, onWrite: () => undefined, signal: SIGNAL },
  );
}

export async function fixtureOf(bytes: Buffer): Promise<TransferFixture> {
  const fixture = await createTransferFixture();
  fixture.source.write(KEY, { bytes });
  return fixture;
}

/** A copy of THREE_PARTS that broke when two parts were checkpointed. */
export async function brokenOff(): Promise<TransferFixture> {
  const fixture = await fixtureOf(THREE_PARTS);
  const broken = { ...fixture, context: { ...fixture.context, uploads: { ...fixture.uploads } } };
  broken.context.uploads.addPart = async (row, part) => {
    if (part.partNumber === 3) throw error('ledger-busy');
    return await fixture.uploads.addPart(row, part);
  };
  await expect(copy(broken, { settings: { maxConcurrentParts: 1 } })).rejects.toMatchObject({ code: 'ledger-busy' });
  return fixture;
}
