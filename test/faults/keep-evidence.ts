// A run with real processes cannot be replayed exactly, so one that fails leaves behind what tells why.

import { copyFile, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Bridge } from '../acceptance/bridge.ts';

const FOLDER = new URL('../../data/faults/', import.meta.url);

/** Runs it; when it fails, the workers' log and their ledger are kept under `data/faults`. @throws what it throws */
export async function keepEvidence<Result>(
  { bridge, seed }: { readonly bridge: Bridge; readonly seed: number },
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const folder = fileURLToPath(new URL(`${seed}/`, FOLDER));
    await mkdir(folder, { recursive: true });
    for (const name of ['worker.log', 'ledger.db', 'ledger.db-wal']) {
      // The log of writes is only there while somebody has the ledger open.
      await copyFile(`${bridge.folder}/${name}`, `${folder}/${name}`).catch(() => undefined);
    }
    console.error(`The log and the ledger of the workers are in ${folder}`);
    throw error;
  }
}
