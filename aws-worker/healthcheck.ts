// The container's health check: exit code 0 while the worker is alive. Not ready (starting, a cloud in trouble) is not unhealthy: a restart would mend nothing.

const TIMEOUT_MILLISECONDS = 2_500;

const answer = await fetch(`http://127.0.0.1:${process.env.PORT ?? '8080'}/livez`, {
  signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
}).catch(() => undefined);
process.exit(answer?.status === 200 ? 0 : 1);
