// One request of every kind that a worker makes, on two rows of its own, which are gone afterwards. Whoever may write a row need not be allowed to change,
// delete or transact one; and a server that is called DynamoDB need not be one. Expiry is a backstop, should the end be cut off.

import type { DynamodbLedgerContext } from './dynamodb-context.ts';
import { unavailable } from './dynamodb-errors.ts';
import { probeKey } from './dynamodb-keys.ts';
import { EXPIRY } from './dynamodb-table.ts';
import { EXISTS, IS_NEW } from './dynamodb-writes.ts';
import type { Ledger } from './ledger.ts';

const EXPIRE_AFTER_SECONDS = 24 * 60 * 60;

export function createDynamodbSelfTest({ requests, newId, now }: DynamodbLedgerContext): Pick<Ledger, 'selfTest'> {
  return {
    selfTest: async () => {
      const name = `self-test-${newId()}`;
      const [first, second] = [probeKey(`${name}-1`), probeKey(`${name}-2`)];
      const item = { [EXPIRY]: Math.floor(now().getTime() / 1000) + EXPIRE_AFTER_SECONDS };
      const touched = { update: first, change: 'SET #writtenAt = :at', values: { at: now().getTime() } };
      try {
        await requests.write({ put: first, item });
        await requests.write(touched);
        const made = await requests.transact([
          { ...touched, where: EXISTS },
          { put: second, item, where: IS_NEW },
        ]);
        // The first write's condition does not hold, so the second must not take effect either.
        const refused = await requests.transact([
          { put: first, item, where: IS_NEW },
          { delete: second, where: EXISTS },
        ]);
        const seen = await requests.get(second);
        const all = await requests.getAll([first, second]);
        const listed = await requests.queryAll({ group: first.group, prefix: name });
        const isKept = seen !== undefined && all.length === 2 && listed.length === 2;
        if (made.length > 0 || refused.join() !== '0' || !isKept) throw notDynamodb();
        for (const row of [first, second]) await requests.write({ delete: row });
      } finally {
        await requests.deleteAll([first, second]);
      }
    },
  };
}

function notDynamodb(): Error {
  return unavailable(
    'What answers for the ledger is not DynamoDB: it does not keep what was written, or not on the conditions that it was asked for. Check AWS_ENDPOINT_URL_DYNAMODB; without it the ledger is at AWS.',
  );
}
