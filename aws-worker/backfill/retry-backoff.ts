import { SQS_MAX_DELAY_SECONDS } from '../../shared/limits.ts';

/** Between two tries of one object that failed for reasons of its own: 20 s at first, at most what SQS can delay. */
export const RETRY_BACKOFF = { baseMilliseconds: 20_000, maximumMilliseconds: SQS_MAX_DELAY_SECONDS * 1000 };

/** The least that any message waits for trouble to pass that may be everybody's. */
export const TROUBLE_WAIT_MILLISECONDS = 30_000;
