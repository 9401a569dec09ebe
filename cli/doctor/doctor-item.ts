import type { DoctorContext } from './doctor-context.ts';
import type { Finding } from './finding.ts';

export const AREAS = [
  'Settings',
  'Network',
  'Identities',
  'Clocks',
  'OSS',
  'S3',
  'SQS',
  'Ledger',
  'HTTP',
  'Function',
] as const;
export type Area = (typeof AREAS)[number];

/** One thing to look at: a row of items.ts. */
export interface DoctorItem {
  /** Stable, kebab-case: `--only` and scripts name it. */
  readonly id: string;
  readonly area: Area;
  /** A few words, without the area. */
  readonly title: string;
  /** Items without which a look would only say the same again. All of them come before this one. */
  readonly needs: readonly string[];
  /** Left out: 20 seconds. */
  readonly limitSeconds?: number;
  /**
   * Whatever it makes in a cloud is gone when it returns or throws, also when the signal aborts meanwhile.
   * @throws BridgeError: the finding is a problem then
   */
  run(context: DoctorContext, signal: AbortSignal): Promise<Finding>;
}
