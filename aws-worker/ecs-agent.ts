// The agent beside each container on ECS, as far as it protects the task from being stopped. It answers 200 also when ECS refused.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html

import { BridgeError, cancelledBy } from '../shared/bridge-error.ts';

export interface EcsAgent {
  /**
   * Protects the task for so many minutes from now, or, with 0, no longer. May be repeated.
   * @throws BridgeError permanent `task-without-service` where ECS never stops the task by itself; retryable `task-protection-failed`
   */
  protect(minutes: number, signal: AbortSignal): Promise<void>;
}

const TIMEOUT_MILLISECONDS = 3_000;

export function createEcsAgent(uri: URL): EcsAgent {
  const endpoint = `${uri.href.replace(/\/$/, '')}/task-protection/v1/state`;
  return {
    async protect(minutes, signal) {
      const wanted = { ProtectionEnabled: minutes > 0, ...(minutes > 0 ? { ExpiresInMinutes: minutes } : {}) };
      const answer = await put(endpoint, wanted, signal);
      if (answer.protection?.ProtectionEnabled !== wanted.ProtectionEnabled) throw refusal(answer);
    },
  };
}

interface Answer {
  readonly status: number;
  readonly protection?: { readonly ProtectionEnabled?: unknown };
  /** Of ECS, about the task. */
  readonly failure?: { readonly Reason?: unknown };
  /** Of the call to ECS. */
  readonly error?: { readonly Code?: unknown; readonly Message?: unknown };
}

async function put(endpoint: string, body: object, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(endpoint, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MILLISECONDS)]),
    });
    const parsed: unknown = await response.json();
    return { ...(typeof parsed === 'object' ? parsed : {}), status: response.status };
  } catch (cause) {
    if (signal.aborted) throw cancelledBy(signal);
    throw failed('The ECS agent did not answer, or not in JSON.', cause);
  }
}

function refusal({ status, failure, error }: Answer): BridgeError {
  if (failure?.Reason === 'TASK_NOT_VALID') {
    return new BridgeError({
      kind: 'permanent',
      code: 'task-without-service',
      message: 'This task belongs to no ECS service, so that nothing but a person stops it; it needs no protection.',
    });
  }
  const said = [failure?.Reason, error?.Code, error?.Message].filter(part => typeof part === 'string').join(': ');
  return failed(
    `ECS did not change the protection of this task (HTTP ${status}${said === '' ? '' : `, ${said}`}). Its role needs ecs:UpdateTaskProtection.`,
  );
}

function failed(message: string, cause?: unknown): BridgeError {
  return new BridgeError({ kind: 'retryable', code: 'task-protection-failed', message, cause });
}
