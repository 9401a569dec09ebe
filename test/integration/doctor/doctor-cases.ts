// One case is one thing that is wrong (or right), and what the doctor says of it. `fails`: of a case in which its item is not ok.

import type { ItemResult } from '../../../cli/doctor/run-items.ts';
import type { DoctorSeams } from '../../../cli/doctor/seams.ts';
import type { FaultRule } from '../../../local/faults/fault-rule.ts';
import type { DoctorStage } from './doctor-stage.ts';

export interface DoctorCase {
  readonly id: string;
  readonly when: string;
  readonly status: ItemResult['finding']['status'];
  /** In its text or advice. */
  readonly says: string;
  readonly code?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly faults?: readonly FaultRule[];
  readonly arrange?: (stage: DoctorStage) => unknown;
  readonly seams?: Partial<DoctorSeams>;
  /** What stays behind on purpose: a message that waits for a worker, a key that may not be deleted. */
  readonly leaves?: number;
}

export function status(
  service: 'oss' | 's3' | 'sqs',
  operation: string,
  statusCode: number,
  code: string,
  more: Partial<FaultRule> = {},
): FaultRule {
  return { service, operation, ...more, fault: { kind: 'status', status: statusCode, code } };
}

export const denied = (service: 'oss' | 's3' | 'sqs', operation: string, more: Partial<FaultRule> = {}): FaultRule =>
  status(service, operation, 403, 'AccessDenied', more);
