// What a doctor asks Function Compute 3.0, by the transport and signature of `@alicloud/fc2`. That package was made for API version
// 2016-08-15, whose methods speak of services, which 3.0 has none of; its generic `get` and `post` do for 2023-03-30 once its version is set, which
// is what Serverless Devs' own fc3 component does with it. It knows no signal: a call that is given up goes on unheard until its time limit.
// https://www.alibabacloud.com/help/en/functioncompute/developer-reference/api-fc-2023-03-30-overview
// The package is for development: it is loaded here alone, and is not in the worker's image.

import type FcSdk from '@alicloud/fc2';
import { BridgeError, cancelledBy, hasCode } from '../../shared/bridge-error.ts';
import { fcFailure } from './fc-errors.ts';
import {
  type FcAsyncConfig,
  type FcFunction,
  type FcTrigger,
  readAsyncConfig,
  readFunction,
  readFunctionNames,
  readTriggers,
} from './fc-shapes.ts';

interface Ask {
  readonly signal: AbortSignal;
}

/** All throw BridgeErrors: `fc-access-denied`, `fc-credentials`, `fc-unavailable`, `fc-refused`, `fc-bad-answer`; cancelled. */
export interface FcClient {
  /** Undefined when there is no such function. */
  findFunction(name: string, ask: Ask): Promise<FcFunction | undefined>;
  listTriggers(functionName: string, ask: Ask): Promise<readonly FcTrigger[]>;
  /** Undefined when nothing was configured, and the defaults hold. */
  findAsyncConfig(functionName: string, ask: Ask): Promise<FcAsyncConfig | undefined>;
  /** Up to 100. */
  listFunctionNames(ask: Ask): Promise<readonly string[]>;
  /** Synchronously. @throws BridgeError permanent `function-failed` with what the handler threw */
  invoke(functionName: string, event: unknown, ask: Ask): Promise<unknown>;
}

export interface FcClientOptions {
  readonly accountId: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string | undefined;
  /** In place of https://ACCOUNT.REGION.fc.aliyuncs.com */
  readonly baseUrl: string | undefined;
}

const API_VERSION = '2023-03-30';
/** The function's own time limit is 60 s. */
const TIMEOUT_MILLISECONDS = 70_000;

/** @throws BridgeError permanent `fc-sdk-missing` where the package is not installed */
export async function createFcClient(options: FcClientOptions): Promise<FcClient> {
  const sdk = connect(await loadSdk(), options);
  const get = async (path: string, { signal }: Ask, query: Record<string, string> = {}): Promise<unknown> =>
    (await call(`GET ${path}`, signal, sdk.get(path, query))).data;
  return {
    findFunction: (name, ask) => orUndefined(get(pathOf(name), ask).then(readFunction)),
    listTriggers: async (name, ask) => readTriggers(await get(`${pathOf(name)}/triggers`, ask, PAGE)),
    findAsyncConfig: (name, ask) => orUndefined(get(`${pathOf(name)}/async-invoke-config`, ask).then(readAsyncConfig)),
    listFunctionNames: async ask => readFunctionNames(await get('/functions', ask, PAGE)),
    async invoke(name, event, { signal }) {
      const body = Buffer.from(JSON.stringify(event));
      const path = `${pathOf(name)}/invocations`;
      const answer = await call(`POST ${path}`, signal, sdk.post(path, body, { 'x-fc-invocation-type': 'Sync' }));
      if (answer.headers['x-fc-error-type'] !== undefined) throw functionFailed(name, answer.data);
      return parsed(answer.data);
    },
  };
}

const PAGE = { limit: '100' };

function pathOf(functionName: string): string {
  return `/functions/${encodeURIComponent(functionName)}`;
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (hasCode(error, 'fc-not-found')) return undefined;
    throw error;
  }
}

async function call<T>(what: string, signal: AbortSignal, asked: Promise<T>): Promise<T> {
  const ended = new AbortController();
  try {
    return await Promise.race([asked, rejectedWhenAborted(signal, ended.signal)]);
  } catch (error) {
    throw signal.aborted ? cancelledBy(signal) : fcFailure(error, what);
  } finally {
    ended.abort();
  }
}

/** Listens until `until`. */
function rejectedWhenAborted(signal: AbortSignal, until: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(cancelledBy(signal));
    else signal.addEventListener('abort', () => reject(cancelledBy(signal)), { once: true, signal: until });
  });
}

async function loadSdk(): Promise<typeof FcSdk> {
  try {
    return (await import('@alicloud/fc2')).default;
  } catch (cause) {
    throw new BridgeError({
      kind: 'permanent',
      code: 'fc-sdk-missing',
      message:
        'Looking at the function needs the package @alicloud/fc2, which is not part of the image. Run this from a checkout, as `s deploy` is: npm ci && npx bridge doctor --function NAME.',
      cause,
    });
  }
}

function connect(Sdk: typeof FcSdk, options: FcClientOptions): FcSdk {
  const { accountId, region, accessKeyId, accessKeySecret, securityToken, baseUrl } = options;
  const sdk = new Sdk(accountId, {
    accessKeyID: accessKeyId,
    accessKeySecret,
    ...(securityToken === undefined ? {} : { securityToken }),
    region,
    secure: true,
    ...(baseUrl === undefined ? {} : { endpoint: baseUrl }),
    timeout: TIMEOUT_MILLISECONDS,
  });
  sdk.version = API_VERSION;
  return sdk;
}

/** Function Compute answers 200 with a header when the handler threw: https://www.alibabacloud.com/help/en/functioncompute/fc/error-handling-1-2 */
function functionFailed(name: string, data: unknown): BridgeError {
  const answer = parsed(data);
  const said = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'errorMessage') : undefined;
  return new BridgeError({
    kind: 'permanent',
    code: 'function-failed',
    message: `${name} was invoked and failed: ${typeof said === 'string' ? said.slice(0, MAX_SAID_CHARACTERS) : 'it did not say why; look at its log'}`,
  });
}

const MAX_SAID_CHARACTERS = 500;

/** The content type of a function's answer is not always that of JSON. */
function parsed(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data; // Whoever asked says what it is not.
  }
}
