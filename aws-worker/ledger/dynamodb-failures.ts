// The failure lists: one for each backfill, one for live events, each with the newest failure of a key. A list lies in several groups, each in order of the
// keys' UTF-8 bytes, which is DynamoDB's order of text; a page of it is merged from all of them.

import { compareUtf8, utf8Length } from '../../shared/utf8-order.ts';
import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { failureOf, newFailure } from './dynamodb-failure-rows.ts';
import { FAILURE_SHARDS, failureGroup, LIVE, MAX_ROW_BYTES } from './dynamodb-keys.ts';
import { mergeSorted } from './dynamodb-merge.ts';
import type { Failure, Ledger } from './ledger.ts';

export type DynamodbFailures = Pick<Ledger, 'recordLiveFailure' | 'listFailures'>;

/** Keys are spread evenly: a group rarely has more than twice its share of a page. */
const SHARE_FACTOR = 2;
const MIN_PAGE_ROWS = 8;

export function createDynamodbFailures({ requests }: DynamodbLedgerContext): DynamodbFailures {
  return {
    // Refused: the list has a newer one.
    recordLiveFailure: async failure => void (await requests.write(newFailure(LIVE, failure))),

    listFailures: async ({ backfill, after, limit }) => {
      const pageRows = Math.max(MIN_PAGE_ROWS, Math.ceil((limit * SHARE_FACTOR) / FAILURE_SHARDS));
      const groups = Array.from({ length: FAILURE_SHARDS }, (_, shard) => failureGroup(backfill ?? LIVE, shard));
      const sources = groups.map(group => requests.query({ group, pageRows, after: asRowName(after) }));
      const listed: Failure[] = [];
      for await (const item of mergeSorted(sources, (a, b) => compareUtf8(failureOf(a).key, failureOf(b).key))) {
        const failure = failureOf(item);
        if (compareUtf8(failure.key, after) > 0) listed.push(failure);
        if (listed.length >= limit) break;
      }
      return listed;
    },
  };
}

/** What a row's name may be compared with: of a longer text its beginning, and nothing where there is no text. No name is less than what it stands for. */
function asRowName(text: string): string | undefined {
  let name = text.toWellFormed();
  while (utf8Length(name) > MAX_ROW_BYTES) name = name.slice(0, -1);
  return name === '' ? undefined : name.toWellFormed() === name ? name : name.slice(0, -1);
}
