// What a deployed function should be, by s.yaml and the handler's own rules. Pure: each takes what Function Compute says and returns faults.

import { readConfig } from '../../aliyun-fc/config.ts';
import { hasCode } from '../../shared/bridge-error.ts';
import type { FcAsyncConfig, FcFunction } from './fc-shapes.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

export interface Faults {
  /** Sentences, each with what to do. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

const DEPLOY = 'run s deploy again';
const RUNTIME = 'nodejs20';
const HANDLER = 'index.handler';
/** Sending gives up by itself after 20 s; killed before that, nobody would say why. */
const MIN_TIMEOUT_SECONDS = 30;
/** The bundle has some hundred KiB; the code of another project, or a folder too many, has more. */
const MAX_CODE_BYTES = 20_000_000;

export function judgeFunction(found: FcFunction): Faults {
  const { runtime, handler, codeSize, timeout, role, state, stateReason, lastUpdateStatus } = found;
  const isNewer = /^(nodejs2[1-9]|custom)/.test(runtime ?? '');
  const isActive = state === undefined || state === null || ['Active', ''].includes(state);
  const problems = [
    runtime === RUNTIME || isNewer ? '' : `Its runtime is ${runtime ?? 'unknown'}; it needs ${RUNTIME}: ${DEPLOY}.`,
    handler === HANDLER ? '' : `Its handler is ${handler ?? 'unknown'}; it must be ${HANDLER}: ${DEPLOY}.`,
    codeSize === 0 ? `It has no code: npm run build:fc, then ${DEPLOY}.` : '',
    (timeout ?? MIN_TIMEOUT_SECONDS) < MIN_TIMEOUT_SECONDS
      ? `Its timeout is ${timeout} s, and sending may take 20; s.yaml says 60: ${DEPLOY}.`
      : '',
    found.internetAccess === false
      ? `It has no internet access, so it cannot reach SQS (internetAccess): ${DEPLOY}.`
      : '',
    isActive ? '' : `Its state is ${state}${stateReason ? ` (${stateReason})` : ''}: ${DEPLOY}.`,
    lastUpdateStatus === 'Failed'
      ? `Its last update failed${found.lastUpdateStatusReason ? ` (${found.lastUpdateStatusReason})` : ''}: ${DEPLOY}.`
      : '',
    role
      ? ''
      : `It has no role, so it can hand no event to the failure queue. Make the role oss-s3-bridge-function (README, step 4), then ${DEPLOY}.`,
  ];
  const warnings = [
    isNewer ? `Its runtime is ${runtime}; the handler is tested on ${RUNTIME}.` : '',
    (codeSize ?? 0) > MAX_CODE_BYTES
      ? `Its code has ${Math.round((codeSize ?? 0) / 1_000_000)} MB, which is far more than this project's.`
      : '',
  ];
  return { problems: problems.filter(isSaid), warnings: warnings.filter(isSaid) };
}

/** The handler's own reading of its environment. Names and faults are told, values never. */
export function judgeEnvironment(
  variables: Readonly<Record<string, string>>,
  expected: { readonly queueUrl: string; readonly followSymlinks: boolean },
): Faults {
  try {
    const { queueUrl, followSymlinks } = readConfig(variables);
    const isOtherQueue = pathOf(queueUrl) !== pathOf(expected.queueUrl);
    const problems = isOtherQueue
      ? [`Its QUEUE_URL is ${queueUrl}, and the worker reads SQS_QUEUE_URL=${expected.queueUrl}: make them the same.`]
      : [];
    const warnings =
      followSymlinks === expected.followSymlinks
        ? []
        : [`Its FOLLOW_SYMLINKS is ${followSymlinks}, here it is ${expected.followSymlinks} (.env.function).`];
    return { problems, warnings };
  } catch (error) {
    if (!hasCode(error, 'invalid-configuration')) throw error;
    const [, ...faults] = error.message.split('\n').map(line => line.replace(/^\s*-\s*/, ''));
    return { problems: [...faults, `Mend .env.function, then ${DEPLOY}.`], warnings: [] };
  }
}

/** The same queue, by whatever host it is reached. */
function pathOf(queueUrl: string): string {
  return URL.canParse(queueUrl) ? new URL(queueUrl).pathname : queueUrl;
}

const WISHED_RETRIES = 8;
const DAY_SECONDS = 86_400;

export function judgeAsyncConfig(config: FcAsyncConfig | undefined): Faults {
  const destination = config?.destinationConfig?.onFailure?.destination;
  const retries = config?.maxAsyncRetryAttempts;
  const ageSeconds = config?.maxAsyncEventAgeInSeconds;
  const problems = destination
    ? []
    : [
        `It has no failure destination, so an event that fails for good is thrown away. Make the SMQ queue oss-s3-bridge-failures (README, step 4), then ${DEPLOY}.`,
      ];
  const warnings = [
    (retries ?? 3) < WISHED_RETRIES
      ? `Failed events are tried ${retries ?? 3} times again; s.yaml says ${WISHED_RETRIES}: ${DEPLOY}.`
      : '',
    (ageSeconds ?? DAY_SECONDS) < DAY_SECONDS
      ? `Events wait ${ageSeconds} s at most, then count as failed; s.yaml says 604800 (7 days): ${DEPLOY}.`
      : '',
  ];
  return { problems, warnings: warnings.filter(isSaid) };
}

function isSaid(sentence: string): boolean {
  return sentence !== '';
}

/** One finding of many faults: the first is the text where something is wrong. */
export function findingOfFaults({ problems, warnings }: Faults, text: string, code: string): Finding {
  const [first, ...more] = problems;
  if (first !== undefined) return problem(first, { code, advice: [...more, ...warnings] });
  return warnings.length === 0 ? ok(text) : warning(text, { advice: warnings });
}
