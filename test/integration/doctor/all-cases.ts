import { FUNCTION_CASES } from './function-cases.ts';
import { KEY_CASES } from './key-cases.ts';
import { MACHINE_CASES } from './machine-cases.ts';
import { OSS_CASES } from './oss-cases.ts';
import { S3_CASES } from './s3-cases.ts';
import { SQS_CASES } from './sqs-cases.ts';

/** In two parts, which run at the same time. */
export const STORAGE_CASES = [...OSS_CASES, ...S3_CASES];
export const OTHER_CASES = [...KEY_CASES, ...MACHINE_CASES, ...SQS_CASES, ...FUNCTION_CASES];
