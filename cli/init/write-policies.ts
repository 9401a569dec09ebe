import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BridgeError } from '../../shared/bridge-error.ts';
import { formatDocument } from './format-report.ts';
import type { Policies } from './policies.ts';

/** A file each, `aws-worker.json` and so on; what is there under these names is written again. @throws BridgeError `policies-not-written` */
export async function writePolicies(folder: string, { complete }: Policies): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const { name, document } of complete) await writeFile(join(folder, `${name}.json`), formatDocument(document));
  } catch (error) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'policies-not-written',
      message: `The policies could not be written to ${folder}: ${error instanceof Error ? error.message : String(error)}. Name another folder in --policies.`,
      cause: error,
    });
  }
}
