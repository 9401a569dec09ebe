import { LOCAL, type LocalCloud } from '../../local/local-cloud.ts';
import { SQS_MAX_DELAY_SECONDS } from '../../shared/limits.ts';

const LOOK_EVERY_MILLISECONDS = 20;

/**
 * Moves the queues' clock on whenever nothing is left but messages that wait on purpose, so that no test waits for them. Nothing is in flight
 * then, so no visibility timeout ends by it. Returns how to stop.
 */
export function passDelays({ sqs }: LocalCloud, clock: { passedMilliseconds: number }): () => void {
  const timer = setInterval(() => {
    const counts = [sqs.counts(LOCAL.liveQueue), sqs.counts(LOCAL.backfillQueue)];
    const isBusy = counts.some(({ visible, inFlight }) => visible + inFlight > 0);
    if (isBusy || counts.every(({ delayed }) => delayed === 0)) return;
    clock.passedMilliseconds += SQS_MAX_DELAY_SECONDS * 1000;
  }, LOOK_EVERY_MILLISECONDS);
  return () => clearInterval(timer);
}
