// The whole examination: the environment first, then everything that can be looked at with it.

import { readWorkerConfig, type WorkerConfig } from '../../aws-worker/config.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import type { Environment } from '../../shared/environment.ts';
import { openDoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { ok, problemOf } from './finding.ts';
import { CONFIG_ITEM, FUNCTION_ITEMS, WORKER_ITEMS, withNeeds } from './items.ts';
import { type ItemResult, runItems, skippedFor } from './run-items.ts';
import type { DoctorSeams } from './seams.ts';

export interface ExamineOptions {
  readonly environment: Environment;
  /** A deployed function to look at, too. */
  readonly functionName?: string | undefined;
  /** Only the items with these ids, and those that they need. */
  readonly only?: readonly string[] | undefined;
  /** Ends it; what was made in a cloud is removed first. */
  readonly signal: AbortSignal;
  /** Each result as soon as those before it are there. */
  readonly onResult?: (result: ItemResult) => void;
  readonly seams?: Partial<DoctorSeams>;
}

/** @throws BridgeError permanent `invalid-arguments` for an id in `only` that there is not */
export async function examine(options: ExamineOptions): Promise<readonly ItemResult[]> {
  const { environment, functionName, signal, onResult = () => {} } = options;
  const items = chooseItems(options);
  const { config, result } = lookAtConfig(environment);
  onResult(result);
  if (config === undefined) {
    const rest = items.map(item => skippedFor(item, result));
    for (const skipped of rest) onResult(skipped);
    return [result, ...rest];
  }
  const { seams } = options;
  const context = openDoctorContext({ environment, config, functionName, ...(seams === undefined ? {} : { seams }) });
  try {
    return [result, ...(await runItems(items, { context, signal, known: [result], onResult }))];
  } finally {
    await context.close();
  }
}

function chooseItems({ functionName, only }: ExamineOptions): readonly DoctorItem[] {
  const items = functionName === undefined ? WORKER_ITEMS : [...WORKER_ITEMS, ...FUNCTION_ITEMS];
  if (only === undefined) return items;
  const known = [CONFIG_ITEM.id, ...items.map(({ id }) => id)];
  const unknown = only.filter(id => !known.includes(id));
  if (unknown.length > 0) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'invalid-arguments',
      message: `There is nothing named ${unknown.join(', ')}; there are ${known.join(', ')}${functionName === undefined ? ', and more with --function' : ''}.`,
    });
  }
  return withNeeds(items, only);
}

function lookAtConfig(environment: Environment): { readonly config?: WorkerConfig; readonly result: ItemResult } {
  try {
    const config = readWorkerConfig(environment);
    const { oss, s3 } = config;
    const text = `Complete: ${oss.bucket}/${oss.prefix} in ${oss.region} to ${s3.bucket}/${s3.prefix} in ${s3.region}.`;
    return { config, result: { item: CONFIG_ITEM, finding: ok(text), durationMs: 0 } };
  } catch (error) {
    return { result: { item: CONFIG_ITEM, finding: problemOf(error), durationMs: 0 } };
  }
}
