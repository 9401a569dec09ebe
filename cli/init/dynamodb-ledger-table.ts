import { ledgerTable, ledgerTimeToLive } from '../../aws-worker/ledger/dynamodb-table.ts';
import type { LedgerTable } from './dynamodb-table-rule.ts';

/** The ledger's own word for what its table is. */
export function defineLedgerTable(table: string): LedgerTable {
  return { table: ledgerTable(table, { isProtected: true }), timeToLive: ledgerTimeToLive(table) };
}
