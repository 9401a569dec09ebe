// Many cells at once, with one worker: most of a cell is waiting.

import type { FaultKind } from './fault-kinds.ts';
import type { MatrixBridge } from './matrix-bridge.ts';
import type { Place } from './places.ts';
import { type Cell, type PlayedCell, playCell } from './play-cell.ts';
import type { Lasting } from './strike.ts';

/** Every kind that suits the place, for each place. */
export function cellsOf(
  places: readonly Place[],
  kinds: readonly FaultKind[],
  lastings: readonly Lasting[],
): readonly Cell[] {
  return places.flatMap(place =>
    kinds
      .filter(({ suits }) => suits?.(place) ?? true)
      .flatMap(kind =>
        lastings.map(lasting => ({ place, kind, lasting, name: `${place.name}: ${kind.name}, ${lasting}` })),
      ),
  );
}

/** Begins them in their order, so many at a time. What each comes to is found by its name; nothing rejects before somebody asks. */
export function playCells(
  bridge: MatrixBridge,
  cells: readonly Cell[],
  concurrent: number,
): ReadonlyMap<string, Promise<PlayedCell>> {
  const waiting: (() => void)[] = [];
  let running = 0;
  const runOne = async (cell: Cell, number: number) => {
    if (running >= concurrent) await new Promise<void>(resolve => waiting.push(resolve));
    else running++;
    try {
      return await playCell(bridge, cell, `cell ${number}`);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
  const results = new Map<string, Promise<PlayedCell>>();
  for (const [number, cell] of cells.entries()) {
    const result = runOne(cell, number);
    result.catch(() => undefined); // It is the test of that name that fails.
    results.set(cell.name, result);
  }
  if (results.size < cells.length) throw new Error('Two cells have one name.');
  return results;
}
