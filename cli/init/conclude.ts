// How an init ended, and what comes next.

import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ResourceReport, ResourceState } from './run-init.ts';

export function exitCodeOf(resources: readonly ResourceReport[]): ExitCode {
  if (isBlocked(resources)) return EXIT.failed;
  return resources.some(({ state }) => state === 'differs') ? EXIT.differs : EXIT.ok;
}

/** Then nothing was made. */
export function isBlocked(resources: readonly ResourceReport[]): boolean {
  return resources.some(({ state }) => state === 'blocked');
}

/** One or two sentences. */
export function nextStep(
  resources: readonly ResourceReport[],
  { yes, update }: { readonly yes: boolean; readonly update: boolean },
): string {
  const has = (state: ResourceState) => resources.some(resource => resource.state === state);
  if (isBlocked(resources)) return 'Nothing was changed: mend what is blocked, and run init again.';
  const hasSafe = resources.some(({ differences }) => differences.some(({ isSafe }) => isSafe));
  const differing = [
    ...(has('differs') ? ['What differs was left as it is.'] : []),
    ...(has('left') ? ['What is left to others, its line says.'] : []),
    ...(hasSafe && !(yes && update) ? ['--yes --update changes what is safe to change.'] : []),
  ];
  if (has('create')) return ['Nothing was changed. Run it again with --yes to do it.', ...differing].join(' ');
  return differing.length > 0 ? differing.join(' ') : 'All is as it should be.';
}
