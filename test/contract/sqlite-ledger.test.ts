import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ledger } from '../../aws-worker/ledger/ledger.ts';
import { openSqliteLedger } from '../../aws-worker/ledger/sqlite-ledger.ts';
import { createLog } from '../../shared/log.ts';
import { ledgerContract } from './ledger.ts';

ledgerContract('SQLite', async ({ now }) => {
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-ledger-'));
  const opened: Ledger[] = [];
  const log = createLog({ level: 'silent' });
  const attach = async (workerId: string) => {
    const ledger = await openSqliteLedger({ path: join(folder, 'ledger.db'), workerId, now, log });
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
      await rm(folder, { recursive: true });
    },
  };
});
