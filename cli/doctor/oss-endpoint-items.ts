// Which of OSS's endpoints answers from here, and how fast. https://www.alibabacloud.com/help/en/oss/user-guide/regions-and-endpoints

import type { WorkerConfig } from '../../aws-worker/config.ts';
import { addressBucket } from '../../aws-worker/storage/oss-endpoint.ts';
import { BridgeError } from '../../shared/bridge-error.ts';
import type { DoctorContext } from './doctor-context.ts';
import type { DoctorItem } from './doctor-item.ts';
import { type Finding, ok, problem } from './finding.ts';
import type { NamedEndpoint } from './seams.ts';

export const OSS_ENDPOINT_ITEMS: readonly DoctorItem[] = [
  {
    id: 'oss-endpoint',
    area: 'Network',
    title: 'OSS endpoint',
    needs: ['oss-key'],
    limitSeconds: 25,
    run: lookAtEndpoints,
  },
];

export interface EndpointTrial {
  readonly endpoint: NamedEndpoint;
  /** Of the fastest request on an open connection. */
  readonly milliseconds: number;
  /** Why it is of no use from here. */
  readonly fault?: BridgeError;
}

const TRIAL_MILLISECONDS = 8_000;
const TIMED_REQUESTS = 3;
/** Not worth a change below that. */
const FASTER_BY = 1.25;
/** OSS itself said these, so the endpoint does what an endpoint has to do; other items look at the rest. */
const ANSWERED = ['source-access-denied', 'source-credentials', 'source-account-disabled', 'source-clock-skew'];

const NOTES: Readonly<Record<NamedEndpoint['name'], string>> = {
  public: '',
  internal: ' Traffic on it is free.',
  accelerate: ' Transfer acceleration has its own price.',
  custom: '',
};

async function lookAtEndpoints(context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  const { config, seams } = context;
  const endpoints = planEndpoints(config, seams.ossEndpoints(config.oss.region));
  const [configured, ...others] = await Promise.all(endpoints.map(endpoint => tryEndpoint(context, endpoint, signal)));
  if (signal.aborted || configured === undefined) throw signal.reason;
  return judgeEndpoints(configured, others);
}

/** The configured one first. A stand-in for OSS has no other endpoints. */
export function planEndpoints(config: Pick<WorkerConfig, 'oss'>, own: readonly NamedEndpoint[]): NamedEndpoint[] {
  const { endpoint } = config.oss;
  const standard = own[0];
  const url = endpoint ?? standard?.url;
  if (url === undefined) return [];
  const { origin, pathPrefix } = addressBucket({ ...config.oss, endpoint: url });
  const sameAs = (other: URL) => addressBucket({ ...config.oss, endpoint: other }).origin === origin;
  const name = own.find(candidate => sameAs(candidate.url))?.name ?? 'custom';
  const others = pathPrefix === '' ? own.filter(candidate => !sameAs(candidate.url)) : [];
  return [{ name, url }, ...others];
}

async function tryEndpoint(
  { config, openStorage }: DoctorContext,
  endpoint: NamedEndpoint,
  outer: AbortSignal,
): Promise<EndpointTrial> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(TRIAL_MILLISECONDS)]);
  const storage = openStorage({ config: { ...config, oss: { ...config.oss, endpoint: endpoint.url } } });
  const ask = async (): Promise<BridgeError | undefined> => {
    try {
      await storage.listing.list({ prefix: config.oss.prefix, startAfter: '', limit: 1, signal });
      return undefined;
    } catch (error) {
      if (error instanceof BridgeError) return error.kind === 'cancelled' ? noAnswer() : error;
      throw error;
    }
  };
  try {
    const fault = await ask();
    let milliseconds = Number.POSITIVE_INFINITY;
    if (fault !== undefined && !ANSWERED.includes(fault.code)) return { endpoint, milliseconds, fault };
    for (let request = 0; request < TIMED_REQUESTS; request++) {
      const askedAt = performance.now();
      await ask();
      milliseconds = Math.min(milliseconds, performance.now() - askedAt);
    }
    return { endpoint, milliseconds, ...(fault === undefined ? {} : { fault }) };
  } finally {
    await storage.close();
  }
}

function noAnswer(): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'source-unreachable',
    message: `No answer from OSS within ${TRIAL_MILLISECONDS / 1000} s. Check OSS_REGION, OSS_ENDPOINT, DNS and the way out of this network.`,
  });
}

export function judgeEndpoints(configured: EndpointTrial, others: readonly EndpointTrial[]): Finding {
  const works = (trial: EndpointTrial) => trial.fault === undefined || trial.fault.code === configured.fault?.code;
  const [fastest] = others.filter(works).sort((a, b) => a.milliseconds - b.milliseconds);
  const facts = Object.fromEntries(
    [configured, ...others].map(trial => [trial.endpoint.name, trial.fault?.code ?? Math.round(trial.milliseconds)]),
  );
  if (configured.fault !== undefined && !ANSWERED.includes(configured.fault.code)) {
    const way = others.filter(trial => trial.fault === undefined).sort((a, b) => a.milliseconds - b.milliseconds)[0];
    const advice = way === undefined ? [] : [`From here this one answers: ${lineOf(way)}`];
    return problem(configured.fault.message, { code: configured.fault.code, facts, advice });
  }
  const text = [configured, ...others].map((trial, index) => describe(trial, index === 0)).join('; ');
  const isFaster = fastest !== undefined && fastest.milliseconds * FASTER_BY < configured.milliseconds;
  return ok(`${text}.`, { facts, ...(isFaster ? { advice: [`Faster from here: ${lineOf(fastest)}`] } : {}) });
}

function describe({ endpoint, milliseconds, fault }: EndpointTrial, isConfigured: boolean): string {
  const name = isConfigured ? `${endpoint.url.origin} (${endpoint.name}) answers in` : endpoint.name;
  const isOfNoUse = fault !== undefined && !ANSWERED.includes(fault.code);
  return isOfNoUse ? `${name}: not from here (${fault.code})` : `${name} ${inMilliseconds(milliseconds)}`;
}

function lineOf({ endpoint, milliseconds }: EndpointTrial): string {
  return `OSS_ENDPOINT=${endpoint.url.origin} (${inMilliseconds(milliseconds)}).${NOTES[endpoint.name]}`;
}

function inMilliseconds(milliseconds: number): string {
  return milliseconds < 1 ? 'under 1 ms' : `${Math.round(milliseconds)} ms`;
}
