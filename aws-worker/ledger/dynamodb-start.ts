// Starting a backfill: once for the same request while it runs or is paused, and once for an idempotency key. Several workers may be asked at once.
// One row, STARTS, moves with each start and each retry (which makes one run again). Whoever starts reads it first, then looks for backfills of the same
// request, and starts on condition that it has not moved since: so what was not there when he looked is not there when he starts. Its value, milliseconds
// that only grow whatever the clocks of the workers say, is also what ids ascend by.
// One transaction makes the backfill, its range and the idempotency key's rows.

import { BridgeError } from '../../shared/bridge-error.ts';
import { backfillOf, backfillRowOf, findBackfillItem, idOf, unfinishedBackfills } from './dynamodb-backfill-rows.ts';
import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { countsOf, sumsOf } from './dynamodb-counts.ts';
import { busy } from './dynamodb-errors.ts';
import { type Item, integerOf, itemOf, textOf } from './dynamodb-items.ts';
import { backfillKey, idempotencyKey, STARTS, usedKeyKey } from './dynamodb-keys.ts';
import { newRange } from './dynamodb-range-rows.ts';
import { IS_NEW, type Update, type Write } from './dynamodb-writes.ts';
import type { BackfillRequest, Ledger } from './ledger.ts';
import { backfillId, ROOT_RANGE, requestHash } from './new-backfill.ts';

export type DynamodbStart = Pick<Ledger, 'startBackfill'>;
type Started = Awaited<ReturnType<Ledger['startBackfill']>>;

const NOTHING = sumsOf([]);

interface Asked {
  readonly request: BackfillRequest;
  readonly force: boolean;
  readonly idempotencyKey: string | undefined;
}

export function createDynamodbStart(context: DynamodbLedgerContext): DynamodbStart {
  return {
    startBackfill: asked =>
      context.requests.repeat('StartBackfill', async () => {
        const started = (await findUsed(context, asked)) ?? (await findOrMake(context, asked));
        if (started === undefined) throw busy('Other backfills were started at the same moment, again and again.');
        return started;
      }),
  };
}

/** What the idempotency key made before. */
async function findUsed(context: DynamodbLedgerContext, asked: Asked): Promise<Started | undefined> {
  const { requests } = context;
  if (asked.idempotencyKey === undefined) return undefined;
  const used = await requests.get(idempotencyKey(asked.idempotencyKey));
  if (used === undefined) return undefined;
  if (textOf(used, 'askedHash') !== askedHash(asked)) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'idempotency-key-reused',
      message: 'This Idempotency-Key was used with another request before. Use a new key for a new request.',
    });
  }
  const item = await findBackfillItem(requests, textOf(used, 'backfill'));
  // A transaction that takes effect just now, or a backfill that is being forgotten: it is one or the other soon.
  if (item === undefined) throw busy('The backfill of this Idempotency-Key is being made, or forgotten.');
  return await found(context, item);
}

/** Undefined: somebody else was quicker, look again. */
async function findOrMake(context: DynamodbLedgerContext, asked: Asked): Promise<Started | undefined> {
  const { requests } = context;
  const starts = await requests.get(STARTS);
  const existing = asked.force ? undefined : await firstOf(unfinishedBackfills(requests, requestHash(asked.request)));
  if (existing === undefined) return await make(context, asked, starts === undefined ? 0 : integerOf(starts, 'last'));
  const writes = usedKey(asked, idOf(existing));
  const refused = writes.length === 0 ? [] : await requests.transact(writes);
  return refused.length > 0 ? undefined : await found(context, existing);
}

async function make(context: DynamodbLedgerContext, asked: Asked, last: number): Promise<Started | undefined> {
  const { requests, now, newId } = context;
  const at = now();
  const next = Math.max(last + 1, at.getTime());
  const id = backfillId(next, newId());
  const item = {
    request: JSON.stringify(asked.request),
    requestHash: requestHash(asked.request),
    status: 'running',
    resumes: 0,
    retries: 0,
    createdAt: at.getTime(),
  };
  const refused = await requests.transact([
    movedStarts(last, next),
    { put: backfillKey(id), item, where: IS_NEW },
    newRange({ backfill: id, range: ROOT_RANGE }, { lists: 'source', at, resumes: 0 }),
    ...usedKey(asked, id),
  ]);
  if (refused.length > 0) return undefined;
  // Not read again: a failure after it was made would make another.
  const row = backfillRowOf(itemOf({ ...item, row: id }));
  return { backfill: { ...row, counts: countsOf(NOTHING, 1) }, isNew: true, range: ROOT_RANGE };
}

/** On condition that it has not moved since it was read. `last`: 0 when there was none. */
export function movedStarts(last: number, next: number): Update {
  return {
    update: STARTS,
    change: 'SET #last = :next',
    where: last === 0 ? IS_NEW : '#last = :last',
    values: last === 0 ? { next } : { last, next },
  };
}

function usedKey(asked: Asked, backfill: string): readonly Write[] {
  const { idempotencyKey: key } = asked;
  if (key === undefined) return [];
  return [
    { put: idempotencyKey(key), item: { askedHash: askedHash(asked), backfill }, where: IS_NEW },
    { put: usedKeyKey(backfill, key), item: {} },
  ];
}

function askedHash({ request, force }: Asked): string {
  return requestHash({ request, force });
}

async function found(context: DynamodbLedgerContext, item: Item): Promise<Started> {
  return { backfill: await backfillOf(item, ({ id }) => context.counters.read(id)), isNew: false, range: ROOT_RANGE };
}

async function firstOf<T>(values: AsyncIterable<T>): Promise<T | undefined> {
  for await (const value of values) return value;
  return undefined;
}
