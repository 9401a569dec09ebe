// The sweeper's view: debts of running backfills whose message has long not been sent (expired, purged, dead-lettered), or was last sent before
// the backfill was resumed (dropped while it was paused). There is no index of them: debts are few, since listing waits while many are unpaid, so all are
// looked at, group by group. A claim is a transaction on condition that the row's stamp is still the one that was read, so each is claimed once.

import { idOf, runningBackfillItems } from './dynamodb-backfill-rows.ts';
import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { batchOf, NEVER_SENT, owedObjectOf } from './dynamodb-debt-rows.ts';
import { forEachRow } from './dynamodb-each.ts';
import { type Item, integerOf, textOf } from './dynamodb-items.ts';
import {
  batchKey,
  DEBT_ROWS,
  DEBT_SHARDS,
  debtGroup,
  type Key,
  owedObjectKey,
  rangeKey,
  rangesGroup,
} from './dynamodb-keys.ts';
import { EXISTS, keyOfItem } from './dynamodb-writes.ts';
import type { DebtId, Debts, Ledger } from './ledger.ts';

export type DynamodbSilence = Pick<Ledger, 'claimSilent' | 'giveBack' | 'touchDebt'>;

interface Running {
  readonly backfill: string;
  readonly resumes: number;
}

interface SilentRow extends Running {
  readonly kind: keyof Debts;
  readonly item: Item;
}

export function createDynamodbSilence(context: DynamodbLedgerContext): DynamodbSilence {
  const { requests, now } = context;
  /** Where the last look had its fill of objects: before it, most have been claimed. */
  let firstShard = 0;

  const find = async (running: Running, before: Date, found: Found): Promise<void> => {
    const { backfill, resumes } = running;
    const silent = {
      filter: '#sentAt < :before OR #resumes < :resumes',
      values: { before: before.getTime(), resumes },
    };
    const open = { ...silent, filter: `attribute_not_exists(#closed) AND (${silent.filter})` };
    for await (const item of requests.query({ group: rangesGroup(backfill), ...open })) {
      found.add({ ...running, kind: 'ranges', item });
    }
    const from = firstShard;
    for (let look = 0; look < DEBT_SHARDS && !(found.isFull('batches') && found.isFull('objects')); look++) {
      const shard = (from + look) % DEBT_SHARDS;
      const group = debtGroup(backfill, shard);
      // In a group the batches come first, and the objects may be very many.
      const kinds = found.isFull('objects') ? { prefix: DEBT_ROWS.batches } : {};
      for await (const item of requests.query({ group, ...kinds, ...silent })) {
        const kind = textOf(item, 'row').startsWith(DEBT_ROWS.batches) ? 'batches' : 'objects';
        found.add({ ...running, kind, item });
        if (kind === 'objects' && found.isFull(kind)) {
          firstShard = shard;
          break;
        }
      }
    }
  };

  const claim = async ({ resumes, item }: SilentRow): Promise<boolean> => {
    const refused = await requests.transact([
      {
        update: keyOfItem(item),
        change: 'SET #sentAt = :now, #resumes = :resumes',
        where: '#sentAt = :sentThen AND #resumes = :resumedThen',
        values: {
          now: now().getTime(),
          resumes,
          sentThen: integerOf(item, 'sentAt'),
          resumedThen: integerOf(item, 'resumes'),
        },
      },
    ]);
    return refused.length === 0;
  };

  return {
    claimSilent: async ({ before, limit }) => {
      const found = new Found(limit);
      for (const item of await runningBackfillItems(requests)) {
        await find({ backfill: idOf(item), resumes: integerOf(item, 'resumes') }, before, found);
      }
      const claimed = new Found(limit);
      try {
        await forEachRow(found.rows, async row => {
          if (await claim(row)) claimed.add(row);
        });
      } catch (error) {
        // What was claimed must be sent; what wasn't stays silent.
        if (claimed.rows.length === 0) throw error;
      }
      return claimed.debts();
    },

    giveBack: async debts => {
      await forEachRow(keysOf(debts), async key => {
        const values = { never: NEVER_SENT };
        await requests.write({ update: key, change: 'SET #resumes = :never', where: EXISTS, values });
      });
    },

    touchDebt: async debt => {
      const values = { now: now().getTime() };
      await requests.write({ update: keyOf(debt), change: 'SET #sentAt = :now', where: EXISTS, values });
    },
  };
}

/** At most `limit` of each kind. */
class Found {
  readonly #rows: Readonly<Record<keyof Debts, SilentRow[]>> = { ranges: [], batches: [], objects: [] };
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  isFull(kind: keyof Debts): boolean {
    return this.#rows[kind].length >= this.#limit;
  }

  add(row: SilentRow): void {
    if (!this.isFull(row.kind)) this.#rows[row.kind].push(row);
  }

  get rows(): readonly SilentRow[] {
    const { ranges, batches, objects } = this.#rows;
    return [...ranges, ...batches, ...objects];
  }

  debts(): Debts {
    const { ranges, batches, objects } = this.#rows;
    return {
      ranges: ranges.map(({ backfill, item }) => ({ backfill, range: textOf(item, 'row') })),
      batches: batches.map(({ backfill, item }) => batchOf(backfill, item)),
      objects: objects.map(({ backfill, item }) => owedObjectOf(backfill, item)),
    };
  }
}

function keysOf({ ranges, batches, objects }: Debts): readonly Key[] {
  return [...ranges.map(rangeKey), ...batches.map(batchKey), ...objects.map(owedObjectKey)];
}

function keyOf(debt: DebtId): Key {
  if ('range' in debt) return rangeKey(debt);
  return 'key' in debt ? owedObjectKey(debt) : batchKey(debt);
}
