/**
 * How often the backfill ?1 has been resumed, for a debt's row that is sent now. Rows that were sent before the last time are silent, whatever
 * touches them meanwhile: a stamp, not a time, because the clocks of several machines differ.
 */
export const RESUMES_NOW = '(SELECT resumes FROM backfills WHERE id = ?1)';

/** Of a row that was never sent. */
export const NEVER_SENT = -1;
