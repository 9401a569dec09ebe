// On ECS: while a message takes long (a large object), scale-in and deployments leave this task alone.
// A stop loses nothing, large uploads go on elsewhere from their last part; it only costs the parts that are under way, and time. So protection
// comes late, after as much time as the worker would have had to finish after a SIGTERM; and it is bounded, because deployments wait for it: at
// most an hour at a time, with ten minutes after it in which ECS gets what it waits for. Spot interruptions heed none of it.
// Nothing waits for it here, and no failure of it harms.

import { hasCode } from '../shared/bridge-error.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import { createEcsAgent, type EcsAgent } from './ecs-agent.ts';
import { type Background, runInBackground } from './run-in-background.ts';

export interface TaskProtection extends Background {
  /** The work on one message, of which it will know how long it takes. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

export const LONG_WORK_MILLISECONDS = 90_000;
export const PROTECTED_MINUTES = 60;
export const UNPROTECTED_MILLISECONDS = 600_000;
export const LOOK_EVERY_MILLISECONDS = 30_000;
/** For the release at the end: a request to the agent, with its own time limit. */
const STOP_PATIENCE_MILLISECONDS = 5_000;

/** `agentUri`: where ECS says that its agent is; undefined elsewhere, where there is nothing to do. */
export function startTaskProtection(agentUri: URL | undefined, { log }: { readonly log: Log }): TaskProtection {
  if (agentUri === undefined) return { during: work => work(), stop: async () => undefined };
  return protectTask({ agent: createEcsAgent(agentUri), clock: systemClock, log });
}

interface ProtectTaskOptions {
  readonly agent: EcsAgent;
  readonly clock: Clock;
  readonly log: Log;
}

export function protectTask({ agent, clock, log }: ProtectTaskOptions): TaskProtection {
  /** When the work on each message began. */
  const begun = new Set<{ readonly at: number }>();
  /** Asked for, and not released since. Not certain: ECS may have heard of it, and its answer was lost. */
  let asked: { readonly until: number; readonly isCertain: boolean } | undefined;
  let mayProtectFrom = Number.NEGATIVE_INFINITY;
  let isUseless = false;
  let hasWarned = false;
  const background = runInBackground(run, {
    name: 'task protection',
    patienceMilliseconds: STOP_PATIENCE_MILLISECONDS,
    clock,
    log,
  });

  return {
    ...background,
    async during(work) {
      const entry = { at: clock.now() };
      begun.add(entry);
      try {
        return await work();
      } finally {
        begun.delete(entry);
      }
    },
  };

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !isUseless) {
      await look(signal);
      await clock.wait(LOOK_EVERY_MILLISECONDS, signal).catch(() => undefined); // aborted: the loop ends
    }
    // With a signal of its own: that of the loop is aborted.
    if (asked !== undefined) await ask(0, new AbortController().signal);
  }

  async function look(signal: AbortSignal): Promise<void> {
    const now = clock.now();
    if (asked !== undefined && now >= asked.until) {
      if (asked.isCertain) mayProtectFrom = now + UNPROTECTED_MILLISECONDS;
      asked = undefined;
    }
    const isLong = [...begun].some(({ at }) => now - at >= LONG_WORK_MILLISECONDS);
    if (isLong && !asked?.isCertain && now >= mayProtectFrom) await ask(PROTECTED_MINUTES, signal);
    else if (!isLong && asked !== undefined) await ask(0, signal);
  }

  async function ask(minutes: number, signal: AbortSignal): Promise<void> {
    const until = clock.now() + minutes * 60_000;
    if (minutes > 0) asked = { until, isCertain: false };
    try {
      await agent.protect(minutes, signal);
      asked = minutes > 0 ? { until, isCertain: true } : undefined;
      hasWarned = false;
      log.debug(minutes > 0 ? 'The task is protected.' : 'The task is no longer protected.', { minutes });
    } catch (error) {
      if (signal.aborted) return;
      if (hasCode(error, 'task-without-service')) {
        isUseless = true;
        asked = undefined;
        return log.info('The task is not protected.', { error });
      }
      // Once until it goes well again: it is tried at each look, and nothing is wrong but that ECS may stop the task.
      if (!hasWarned) log.warn('The protection of the task could not be changed; it is tried again.', { error });
      hasWarned = true;
    }
  }
}
