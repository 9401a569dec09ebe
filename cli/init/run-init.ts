// Plans, and if asked makes, all resources, in their order. Each is looked at first and made in one request, so a run that was stopped anywhere
// is finished by the next one: what is there and equal is left alone. What exists with other settings is told, and only changed where that was
// asked for and is safe.

import type { Difference, Finding, Resource } from './resource.ts';

export type ResourceState = 'create' | 'created' | 'exists' | 'differs' | 'updated' | 'left' | 'blocked';

export interface ResourceReport {
  readonly kind: string;
  readonly name: string;
  readonly state: ResourceState;
  readonly settings: readonly string[];
  /** What is still not as it would be made. */
  readonly differences: readonly Difference[];
  /** What it is, where that needs a sentence. */
  readonly note?: string | undefined;
}

export interface RunOptions {
  readonly resources: readonly Resource[];
  readonly apply: boolean;
  /** With `apply`: change what is safe to change. */
  readonly update: boolean;
  readonly signal: AbortSignal;
  /** What is being done, as it happens. */
  readonly say: (text: string) => void;
}

/**
 * Nothing is changed without `apply`, or where anything is blocked.
 * @throws BridgeError as the resources do; what was made by then stays, and is said
 */
export async function runInit(options: RunOptions): Promise<readonly ResourceReport[]> {
  const { resources, signal } = options;
  const planned: (readonly [Resource, Finding])[] = [];
  for (const resource of resources) planned.push([resource, await resource.inspect(signal)]);
  const isBlocked = planned.some(([, { state }]) => state === 'blocked');
  if (!options.apply || isBlocked) return planned.map(([resource, finding]) => report(resource, finding));
  const reports: ResourceReport[] = [];
  for (const [resource, finding] of planned) reports.push(await settle(resource, finding, options));
  return reports;
}

async function settle(
  resource: Resource,
  finding: Finding,
  { update, signal, say }: RunOptions,
): Promise<ResourceReport> {
  if (finding.state === 'missing') {
    say(`Making ${resource.kind} ${resource.name} …`);
    return report(resource, await resource.create(signal), 'created');
  }
  const safe = finding.state === 'differs' && update ? finding.differences.filter(({ isSafe }) => isSafe) : [];
  if (safe.length === 0) return report(resource, finding);
  say(`Changing ${resource.kind} ${resource.name}: ${safe.map(({ setting }) => setting).join(', ')} …`);
  return report(resource, await resource.update(safe, signal), 'updated');
}

const MADE_OTHERWISE =
  'It was made just now, and AWS does not show it as it was asked for, or not yet. Run init again in a few minutes.';

/** @param done what was done to it, which counts if it is as it should be now */
function report(resource: Resource, finding: Finding, done?: 'created' | 'updated'): ResourceReport {
  const { kind, name, settings } = resource;
  const common = { kind, name, settings, differences: [] };
  switch (finding.state) {
    case 'missing':
      return { ...common, state: 'create' };
    case 'equal':
      return { ...common, state: done ?? 'exists', note: finding.note };
    case 'differs':
      return {
        ...common,
        state: 'differs',
        differences: finding.differences,
        note: done === 'created' ? MADE_OTHERWISE : undefined,
      };
    case 'left':
    case 'blocked':
      return { ...common, state: finding.state, note: finding.reason };
  }
}
