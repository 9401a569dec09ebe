import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import { ledgerContract } from '../contract/ledger.ts';
import { createTestTable } from './test-table.ts';

ledgerContract(
  'DynamoDB',
  async ({ now }) => {
    const table = await createTestTable();
    const opened: Ledger[] = [];
    const attach = async (workerId: string) => {
      const ledger = await table.open({ workerId, now });
      opened.push(ledger);
      return ledger;
    };
    const closeAll = async () => {
      for (const ledger of opened.splice(0)) await ledger.close();
    };
    return {
      ledger: await attach('one'),
      attach,
      reopen: async () => {
        await closeAll();
        return await attach('one');
      },
      dispose: async () => {
        await closeAll();
        await table.drop();
      },
    };
  },
  { histories: 5, protocolRuns: 5 },
);
