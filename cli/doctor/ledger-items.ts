// The ledger, opened as a worker opens it.

import { dirname, resolve } from 'node:path';
import type { WorkerConfig } from '../../aws-worker/config.ts';
import { connectLedger } from '../../aws-worker/connect-ledger.ts';
import { GIBIBYTE } from '../../shared/limits.ts';
import { createLog } from '../../shared/log.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, okUnless, problem, skipped } from './finding.ts';

export const LEDGER_ITEMS: readonly DoctorItem[] = [
  { id: 'ledger', area: 'Ledger', title: 'read, write, transaction', needs: ['config'], run: lookAtLedger },
  { id: 'ledger-disk', area: 'Ledger', title: 'disk', needs: ['ledger'], run: lookAtDisk },
];

/** Workers say every five seconds that they live. */
const RECENT_MILLISECONDS = 60_000;

async function lookAtLedger({ config, seams }: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const log = createLog({ level: 'silent' });
  const ledger = await connectLedger(config, { workerId: 'bridge-doctor', log, signal });
  try {
    await ledger.selfTest();
    const workers = await ledger.countWorkers({ since: new Date(seams.now() - RECENT_MILLISECONDS) });
    const backfills = await ledger.listBackfills({ limit: 1 });
    const known = backfills.length === 0 ? 'no backfill yet' : 'with backfills';
    return ok(
      `${nameOf(config.ledger)} can be read and written (${known}). Workers heard of in the last minute: ${workers}.`,
      {
        facts: { workers },
      },
    );
  } finally {
    await ledger.close();
  }
}

function nameOf(ledger: WorkerConfig['ledger']): string {
  return ledger.kind === 'sqlite' ? ledger.path : `The table ${ledger.table} in ${ledger.region}`;
}

/** Some ten million rows. */
const LITTLE_SPACE_BYTES = 2 * GIBIBYTE;
const NO_SPACE_BYTES = GIBIBYTE / 16;

/**
 * Linux's numbers of file systems that other machines have a part in, whose locks SQLite cannot rely on: https://sqlite.org/howtocorrupt.html
 * The numbers: man 2 statfs.
 */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB 2'],
  [0x00c36400, 'Ceph'],
  [0x01021997, '9p'],
  [0x5346414f, 'AFS'],
  [0x47504653, 'GPFS'],
  [0x0bd00bd0, 'Lustre'],
]);
/** Whatever a user's program makes a file system of: a bucket, a desktop's shared folder. */
const FUSE = 0x65735546;

async function lookAtDisk({ config, seams }: DoctorContext): Promise<Finding> {
  const { ledger } = config;
  if (ledger.kind !== 'sqlite') return skipped('The ledger is a table, not a file of this machine.');
  const folder = dirname(resolve(ledger.path));
  return judgeDisk(folder, await seams.disk(folder));
}

export function judgeDisk(
  folder: string,
  { type, freeBytes }: { readonly type: number; readonly freeBytes: number },
): Finding {
  const facts = { freeBytes };
  // Some systems give the number as a signed one.
  const network = NETWORK_FILE_SYSTEMS.get(type >>> 0);
  if (network !== undefined) {
    const text = `${folder} is on a network file system (${network}), whose locks do not hold: the ledger would be damaged.`;
    return problem(text, {
      facts,
      code: 'ledger-on-network',
      advice: ['Let LEDGER_URL name a file on a local disk.'],
    });
  }
  const free = `${(freeBytes / GIBIBYTE).toFixed(1)} GiB free`;
  if (freeBytes < NO_SPACE_BYTES) {
    return problem(`${folder}: ${free}; nothing is received while the ledger cannot grow.`, {
      facts,
      code: 'disk-full',
    });
  }
  const warnings = [
    freeBytes < LITTLE_SPACE_BYTES
      ? 'A backfill of many millions of objects can need more than 2 GiB. Watch it, or enlarge the volume.'
      : undefined,
    type >>> 0 === FUSE
      ? 'It is a FUSE file system: make sure that it is of this machine alone, and locks.'
      : undefined,
  ];
  return okUnless(
    warnings.filter(warning => warning !== undefined),
    `${folder}: ${free}.`,
    { facts },
  );
}
