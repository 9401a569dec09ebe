// What the simulation found and is not mended, or accepted: left out of chance, so that the other schedules go on.

export const KNOWN_GAPS = {
  /**
   * A PUT of a backfill that arrives after its sender was stopped or died: whoever receives the message again finds the debt paid, and does not look at
   * the key a second time. True: no such PUT arrives.
   */
  lateWritesOfBackfills: false,
  /**
   * A worker that lost a receipt while a replacing write of its was on its way, and crashes before it could look back or send the message anew: others
   * had the message, and deleted it. Where the write left the ETag as it was (metadata alone, or A-B-A), nothing tells anybody. True: such a worker
   * does not crash.
   */
  crashAfterLostReceipt: true,
};
