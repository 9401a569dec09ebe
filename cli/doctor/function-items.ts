// The function on Alibaba Cloud as it was deployed, and whether an event that it is given arrives in the queue. Only with `--function NAME`.

import { hasCode } from '../../shared/bridge-error.ts';
import { forEachConcurrently } from '../../shared/for-each-concurrently.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import type { FcTrigger } from './fc-shapes.ts';
import { type Finding, ok, okUnless, problem, skipped } from './finding.ts';
import { invokeAndWatch } from './function-invocation.ts';
import { findingOfFaults, judgeAsyncConfig, judgeEnvironment, judgeFunction } from './judge-function.ts';
import { judgeTriggers, overlaps } from './judge-triggers.ts';

const AREA = 'Function';

export const FUNCTION_ITEMS: readonly DoctorItem[] = [
  { id: 'function-settings', area: AREA, title: 'settings', needs: ['config'], run: lookAtSettings },
  { id: 'function', area: AREA, title: 'function', needs: ['function-settings'], run: lookAtFunction },
  { id: 'function-environment', area: AREA, title: 'environment', needs: ['function'], run: lookAtEnvironment },
  { id: 'function-trigger', area: AREA, title: 'trigger', needs: ['function'], run: lookAtTrigger },
  { id: 'function-overlap', area: AREA, title: 'other triggers', needs: ['function-trigger'], run: lookAtOthers },
  { id: 'function-async', area: AREA, title: 'retries, failures', needs: ['function'], run: lookAtAsync },
  {
    id: 'function-invoke',
    area: AREA,
    title: 'invocation',
    needs: ['function-environment', 'sqs-live-use'],
    limitSeconds: 90,
    run: invokeAndWatch,
  },
];

async function lookAtSettings(context: DoctorContext): Promise<Finding> {
  const { accountId, functionName } = await context.target();
  return ok(`${functionName} of account ${accountId} in ${context.config.oss.region}.`);
}

async function lookAtFunction(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { fc, functionName } = await context.target();
  const found = await fc.findFunction(functionName, { signal });
  if (found === undefined) {
    return problem(`There is no function ${functionName} in ${context.config.oss.region}.`, {
      code: 'function-missing',
      advice: ['Deploy it (README, step 4), or name the one that FUNCTION_NAME of .env.function says.'],
    });
  }
  const { runtime, handler, codeSize, timeout } = found;
  const size = codeSize === undefined || codeSize === null ? '' : `, ${Math.round(codeSize / 1000)} kB`;
  const text = `${runtime}, ${handler}${size}, timeout ${timeout ?? 'unknown'} s, with a role.`;
  return findingOfFaults(judgeFunction(found), text, 'function-unfit');
}

async function lookAtEnvironment(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { fc, functionName, followSymlinks } = await context.target();
  const variables = (await fc.findFunction(functionName, { signal }))?.environmentVariables ?? {};
  const { queueUrl } = context.config.sqs;
  const faults = judgeEnvironment(variables, { queueUrl, followSymlinks });
  const names = Object.keys(variables).sort().join(', ');
  return findingOfFaults(faults, `Complete (${names}); it sends to the worker's queue.`, 'function-environment');
}

async function lookAtTrigger(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { fc, functionName, suffix, followSymlinks } = await context.target();
  const { prefix } = context.config.oss;
  const sourceArn = await bucketArn(context);
  const triggers = await fc.listTriggers(functionName, { signal });
  const faults = judgeTriggers(triggers, { sourceArn, prefix, suffix, followSymlinks });
  return findingOfFaults(faults, `${sourceArn}, with the events that are forwarded.`, 'function-trigger');
}

async function bucketArn(context: DoctorContext): Promise<string> {
  const { accountId } = await context.target();
  const { region, bucket } = context.config.oss;
  return `acs:oss:${region}:${accountId}:${bucket}`;
}

const CONCURRENT_FUNCTIONS = 4;

/** OSS refuses a second trigger for the same event of the same keys; another function's would make the next deployment fail. */
async function lookAtOthers(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { fc, functionName } = await context.target();
  const sourceArn = await bucketArn(context);
  const triggersOf = async (name: string, ask: { readonly signal: AbortSignal }) =>
    (await fc.listTriggers(name, ask)).filter(trigger => trigger.sourceArn === sourceArn);
  const own = await triggersOf(functionName, { signal });
  const others: { readonly of: string; readonly trigger: FcTrigger }[] = [];
  try {
    const names = (await fc.listFunctionNames({ signal })).filter(name => name !== functionName);
    await forEachConcurrently(names, { limit: CONCURRENT_FUNCTIONS, signal }, async (name, stop) => {
      for (const trigger of await triggersOf(name, { signal: stop })) others.push({ of: name, trigger });
    });
    const clashing = others.filter(({ trigger }) => own.some(mine => overlaps(mine, trigger)));
    return okUnless(
      clashing.map(sayClash),
      `${others.length} of other functions on this bucket (${names.length} functions looked at).`,
    );
  } catch (error) {
    if (!hasCode(error, 'fc-access-denied')) throw error;
    return skipped(
      'Not allowed to look: fc:ListFunctions and fc:ListTriggers on all functions, which only this line needs.',
    );
  }
}

function sayClash({ of, trigger }: { readonly of: string; readonly trigger: FcTrigger }): string {
  return `Trigger ${trigger.triggerName} of function ${of} is about the same events of the same keys, and OSS refuses the second of two such triggers. Remove it, or give them prefixes that do not overlap.`;
}

async function lookAtAsync(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { fc, functionName } = await context.target();
  const config = await fc.findAsyncConfig(functionName, { signal });
  const destination = config?.destinationConfig?.onFailure?.destination ?? '';
  const text = `${config?.maxAsyncRetryAttempts} retries within ${config?.maxAsyncEventAgeInSeconds} s, then ${destination}.`;
  return findingOfFaults(judgeAsyncConfig(config), text, 'function-async');
}
