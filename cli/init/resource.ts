// One thing that init makes: a queue, a table, a rule. The contract is the same for all, so that planning, making and starting again are written once.

import type { Sight } from './settle.ts';

export interface Resource {
  /** `queue`, `table`, …: with `name` it says which. */
  readonly kind: string;
  readonly name: string;
  /** What it is made with, for people: `14 days`, `visibility 300 s`. */
  readonly settings: readonly string[];
  /** Changes nothing. @throws BridgeError as the cloud's answer is translated */
  inspect(signal: AbortSignal): Promise<Finding>;
  /**
   * Makes it whole in one request, and returns what the cloud shows of it then, or after a bounded wait. Only for what is missing; what somebody
   * made meanwhile is left as it is. @throws BridgeError retryable `not-shown-yet` when it shows nothing
   */
  create(signal: AbortSignal): Promise<Finding>;
  /** Changes these differences, which are safe, and returns what the cloud shows then. @throws BridgeError as `create` does */
  update(differences: readonly Difference[], signal: AbortSignal): Promise<Finding>;
}

export type Finding =
  | { readonly state: 'missing' }
  /** `note`: where it is not as init would have made it, and does the same. */
  | { readonly state: 'equal'; readonly note?: string }
  | { readonly state: 'differs'; readonly differences: readonly Difference[] }
  /** Not init's to look at or to make; the sentence says whose. */
  | { readonly state: 'left'; readonly reason: string }
  /** The name is taken by something that can never become what is needed; the sentence says what to do. */
  | { readonly state: 'blocked'; readonly reason: string };

export interface Difference {
  readonly setting: string;
  readonly is: string;
  readonly wouldBe: string;
  /** `--update` may change it: nobody who uses the resource can be worse off. */
  readonly isSafe: boolean;
  /** Why a person should decide it, where that is not plain. */
  readonly note?: string;
}

/** For waiting until what was made is there. */
export function sightOf(finding: Finding): Sight<Finding> | undefined {
  return finding.state === 'missing' ? undefined : { seen: finding, isSettled: true };
}
