// Everything that is looked at, in the order in which it is told. docs/doctor.md has a row for each, and each has a test in which it fails.

import { CLOCK_ITEMS } from './clock-items.ts';
import type { DoctorItem } from './doctor-item.ts';
import { FUNCTION_ITEMS } from './function-items.ts';
import { HTTP_ITEMS } from './http-items.ts';
import { IDENTITY_ITEMS } from './identity-items.ts';
import { LEDGER_ITEMS } from './ledger-items.ts';
import { OSS_BANDWIDTH_ITEMS } from './oss-bandwidth-item.ts';
import { OSS_ENDPOINT_ITEMS } from './oss-endpoint-items.ts';
import { OSS_KEY_ITEMS } from './oss-key-item.ts';
import { OSS_OBJECT_ITEMS } from './oss-object-items.ts';
import { S3_ITEMS } from './s3-items.ts';
import { S3_ROLE_ITEMS } from './s3-role-item.ts';
import { SQS_ITEMS } from './sqs-items.ts';

/** All others come of it: it is looked at before there is anything to look with. */
export const CONFIG_ITEM = { id: 'config', area: 'Settings', title: 'environment' } as const;

export const WORKER_ITEMS: readonly DoctorItem[] = [
  ...OSS_KEY_ITEMS,
  ...OSS_ENDPOINT_ITEMS,
  ...IDENTITY_ITEMS,
  ...S3_ROLE_ITEMS,
  ...CLOCK_ITEMS,
  ...OSS_OBJECT_ITEMS,
  ...OSS_BANDWIDTH_ITEMS,
  ...S3_ITEMS,
  ...SQS_ITEMS,
  ...LEDGER_ITEMS,
  ...HTTP_ITEMS,
];

/** Only with `--function`. */
export { FUNCTION_ITEMS };

/** These and all that they need, in order. */
export function withNeeds(items: readonly DoctorItem[], ids: readonly string[]): readonly DoctorItem[] {
  const wanted = new Set(ids);
  for (const item of [...items].reverse()) {
    if (wanted.has(item.id)) for (const id of item.needs) wanted.add(id);
  }
  return items.filter(({ id }) => wanted.has(id));
}
