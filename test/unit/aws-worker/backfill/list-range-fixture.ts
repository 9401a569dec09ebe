// A backfill that was started, with the objects k0000, k0001, … to list, and its one range.

import { rangeMessage } from '../../../../aws-worker/backfill/backfill-message.ts';
import { listRange } from '../../../../aws-worker/backfill/list-range.ts';
import type { BatchMessage } from '../../../../shared/messages/message.ts';
import { parseMessage } from '../../../../shared/messages/parse-message.ts';
import {
  type BackfillFixture,
  type BackfillFixtureOptions,
  createBackfillFixture,
  SIGNAL,
} from './backfill-fixture.ts';

export const ROOT = 'root';

export async function startedRange(objects: number, options: BackfillFixtureOptions = {}, prefix?: string) {
  const fixture = await createBackfillFixture(options);
  fixture.addObjects(objects);
  const id = await fixture.start(prefix === undefined ? {} : { prefix });
  const body = rangeMessage(id, ROOT).body;
  const list = (signal = SIGNAL) => listRange(fixture.context, { backfill: id, range: ROOT }, { body, signal });
  return { ...fixture, id, body, list };
}

export function sentBatches({ queue }: Pick<BackfillFixture, 'queue'>): readonly BatchMessage[] {
  return queue.bodies.flatMap(body => {
    const parsed = parseMessage(body);
    return parsed.kind === 'batch' ? [parsed.message] : [];
  });
}
