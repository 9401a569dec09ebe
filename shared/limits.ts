// Limits that both sides must respect, each with the page that states it. Those of one vendor's call live beside its adapter.

export const KIBIBYTE = 1024;
export const MEBIBYTE = 1024 * KIBIBYTE;
export const GIBIBYTE = 1024 * MEBIBYTE;
export const TEBIBYTE = 1024 * GIBIBYTE;

/** https://www.alibabacloud.com/help/en/oss/user-guide/object-naming-conventions */
export const OSS_KEY_MAX_BYTES = 1023;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const S3_KEY_MAX_BYTES = 1024;

/** One SQS message, and one batch of them together: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const SQS_MESSAGE_MAX_BYTES = 1 * MEBIBYTE;
export const SQS_BATCH_MAX_ENTRIES = 10;
/** The longest that SQS can delay a message by itself. */
export const SQS_MAX_DELAY_SECONDS = 900;

/** SQS bills by 64 KiB; a batch message stays below one unit: https://aws.amazon.com/sqs/pricing/ */
export const BATCH_MESSAGE_MAX_BYTES = 60 * KIBIBYTE;
export const BATCH_MAX_OBJECTS = 90;

/** A write to the destination is given up after this long, whatever it is tuned to. Complete and parts are fenced in other ways. */
export const REQUEST_MAX_SECONDS = 170;
/** Longer than such a write can live: one that nobody knows the end of has landed or died by then, and looking again is safe. */
export const REQUEST_SETTLED_SECONDS = REQUEST_MAX_SECONDS + 10;
