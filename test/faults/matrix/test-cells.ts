// A test for each cell, all with one worker, many at a time; and what must hold when all of them are over.

import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL } from '../../../local/local-cloud.ts';
import { expectCellEnd } from './cell-verdict.ts';
import { heldOfBudgets } from './held-memory.ts';
import { type MatrixBridge, startMatrixBridge } from './matrix-bridge.ts';
import type { Cell, PlayedCell } from './play-cell.ts';
import { playCells } from './play-cells.ts';

const TIMEOUT_MILLISECONDS = 300_000;
/** Uploads that nobody named are looked for after minutes, others after an hour. */
const JANITOR_HOURS_LATER = 2;

export function testCells(name: string, cells: readonly Cell[], { concurrent }: { readonly concurrent: number }): void {
  describe(name, { timeout: TIMEOUT_MILLISECONDS }, () => {
    let bridge: MatrixBridge;
    let results: ReadonlyMap<string, Promise<PlayedCell>> = new Map();
    beforeAll(async () => {
      bridge = await startMatrixBridge();
      results = playCells(bridge, slowestFirst(cells), concurrent);
    });
    afterAll(() => bridge?.close());

    test.each(cells.map(cell => [cell.name, cell] as const))('%s', async (cellName, cell) => {
      const played = await results.get(cellName);
      if (played === undefined) throw new Error('It was not played.');
      expectCellEnd(cell, played);
    });

    test('leaves no message, no memory held, no request open, and no upload once the janitor has been', async () => {
      await Promise.allSettled(results.values());
      const { sqs } = bridge.cloud;
      const messages = [...sqs.peek(LOCAL.liveQueue), ...sqs.peek(LOCAL.backfillQueue)];
      expect(messages.map(({ body }) => body)).toEqual([]);
      await expect.poll(() => bridge.openExchanges).toBe(0);
      expect(heldOfBudgets()).toMatchObject({ held: 0, waiting: 0 });
      expect(bridge.journal.unforeseen).toEqual([]);
      await bridge.ownTransfer.tidyUploads({ hoursLater: JANITOR_HOURS_LATER });
      const { Uploads = [] } = await bridge.s3.send(new ListMultipartUploadsCommand({ Bucket: LOCAL.s3Bucket }));
      expect(Uploads.map(({ Key }) => Key)).toEqual([]);
    });
  });
}

/** So that the others go on beside them, and nobody waits for them at the end. */
function slowestFirst(cells: readonly Cell[]): readonly Cell[] {
  const weight = ({ kind, place, lasting }: Cell) =>
    (kind.isSlow ? 2 : 0) + (lasting === 'until healed' ? 2 : 0) + (place.isDear ? 1 : 0);
  return cells.toSorted((a, b) => weight(b) - weight(a));
}
