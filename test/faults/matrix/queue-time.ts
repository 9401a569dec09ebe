// Time for queues in which nothing happens any more: what is delayed is due, and what somebody has received and will not settle is seen again.

import { LOCAL } from '../../../local/local-cloud.ts';
import type { MatrixBridge } from './matrix-bridge.ts';

/** No request in the meantime: whoever works makes more. */
const QUIET_MILLISECONDS = 300;

/** To be called again and again: moves the queues' clock on when nothing has happened for a while. */
export function createQueueTime(bridge: MatrixBridge, visibilityTimeoutSeconds: number): () => void {
  let seen = -1;
  let since = 0;
  return () => {
    const { exchanges, cloud } = bridge;
    if (exchanges !== seen) {
      seen = exchanges;
      since = Date.now();
      return;
    }
    if (Date.now() - since < QUIET_MILLISECONDS) return;
    const counts = [cloud.sqs.counts(LOCAL.liveQueue), cloud.sqs.counts(LOCAL.backfillQueue)];
    if (counts.every(({ inFlight, delayed }) => inFlight + delayed === 0)) return;
    bridge.passQueueTime(visibilityTimeoutSeconds);
    since = Date.now();
  };
}
