// Which counter a transaction adds to. Two transactions that write one row at the same moment cancel each other, so each process has counters of its own, and
// uses each for one transaction at a time. And none more often than RESTS allows: a worker that settles much has more of them, a slow one has one or two,
// which keeps their sum cheap to read.

/** At most 40 writes a second to a row. */
const REST_MILLISECONDS = 25;

interface CounterRow {
  isInUse: boolean;
  usedAt: number;
}

export interface CounterRows {
  /** Runs the work with the number of a counter that nobody else uses meanwhile: the lowest that is free and rested. */
  use<T>(backfill: string, work: (number: number) => Promise<T>): Promise<T>;
  /** Nothing is counted for it any more, as far as this process knows; if something is, it begins at the first counter again. */
  forget(backfill: string): void;
}

export function createCounterRows(milliseconds: () => number): CounterRows {
  const rowsOf = new Map<string, CounterRow[]>();
  return {
    async use(backfill, work) {
      const rows = rowsOf.get(backfill) ?? [];
      rowsOf.set(backfill, rows);
      const at = milliseconds();
      const isReady = ({ isInUse, usedAt }: CounterRow) => !isInUse && at - usedAt >= REST_MILLISECONDS;
      const found = rows.findIndex(isReady);
      const number = found === -1 ? rows.length : found;
      const row = { isInUse: true, usedAt: at };
      rows[number] = row;
      try {
        return await work(number);
      } finally {
        row.isInUse = false;
      }
    },
    forget: backfill => {
      // While one is in use, another process of this name would not know it.
      if (rowsOf.get(backfill)?.every(({ isInUse }) => !isInUse) === true) rowsOf.delete(backfill);
    },
  };
}
