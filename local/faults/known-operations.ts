// The names that a rule may give: a misspelt one would never strike, and nobody would notice.

import { OPERATIONS } from '../oss/operations.ts';
import { S3_OPERATIONS } from '../s3/dispatch.ts';
import { ACTIONS } from '../sqs/actions.ts';
import type { Service } from './fault-rule.ts';

export const KNOWN_OPERATIONS: Readonly<Record<Exclude<Service, 'ledger'>, readonly string[]>> = {
  oss: [...OPERATIONS.keys()].sort(),
  s3: [...S3_OPERATIONS].sort(),
  sqs: [...ACTIONS.keys()].sort(),
};
