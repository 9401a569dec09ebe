// Translates what the DynamoDB client throws into the ledger's two errors (dynamodb-error-rules.ts). Nothing secret passes: AWS quotes requests that it could
// not verify, so texts are cut to a line, and proofs are cut out of them.

import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { BridgeError } from '../../shared/bridge-error.ts';
import { withoutProofs } from '../../shared/without-proofs.ts';
import {
  DYNAMODB_ERROR_RULES,
  type DynamodbErrorRule,
  type DynamodbFailure,
  UNAVAILABLE_SERVER,
} from './dynamodb-error-rules.ts';

export interface DynamodbErrorContext {
  /** As IAM names it, without `dynamodb:`. A transaction needs what its writes need. */
  readonly operation: string;
  readonly table: string;
  readonly region: string;
}

const CONDITION_FAILED = 'ConditionalCheckFailed';
const MAX_TEXT_CHARACTERS = 300;

/**
 * Which writes of a cancelled transaction failed because of their own condition; undefined when the error is another one, or no condition failed: it met
 * other transactions, or was throttled. Each write has a reason of its own, in order, `None` where nothing was wrong with it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export function refusedWrites(error: unknown): readonly number[] | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const refused = (error.CancellationReasons ?? []).flatMap(({ Code }, index) =>
    Code === CONDITION_FAILED ? [index] : [],
  );
  return refused.length === 0 ? undefined : refused;
}

/**
 * BridgeError retryable `ledger-busy` or permanent `ledger-unavailable`. Anything else, a request of ours that DynamoDB finds invalid included, comes
 * back as it is.
 */
export function translateDynamodbError(error: unknown, context: DynamodbErrorContext): unknown {
  if (error instanceof BridgeError) return error;
  const failure = readFailure(error);
  if (failure === undefined) return error;
  const rule = DYNAMODB_ERROR_RULES.find(candidate => fits(candidate, failure)) ?? ruleOfStatus(failure.status);
  if (rule === undefined) return error;
  const cause = new Error(scrub(failure.text));
  cause.name = failure.name;
  return new BridgeError({
    kind: rule.code === 'ledger-busy' ? 'retryable' : 'permanent',
    code: rule.code,
    message: `${sentence(rule.advice, failure, context)} (${context.operation}: ${failure.name}: ${cause.message})`,
    cause,
  });
}

export function unavailable(message: string, cause?: unknown): BridgeError {
  return new BridgeError({ kind: 'permanent', code: 'ledger-unavailable', message, cause });
}

export function busy(message: string, cause?: unknown): BridgeError {
  return new BridgeError({ kind: 'retryable', code: 'ledger-busy', message, cause });
}

function sentence(
  advice: string,
  failure: DynamodbFailure,
  { operation, table, region }: DynamodbErrorContext,
): string {
  const action = /\bdynamodb:\w+/.exec(failure.text)?.[0] ?? `dynamodb:${operation}`;
  const filled = advice.replaceAll('{action}', action).replaceAll('{table}', table).replaceAll('{region}', region);
  return `The ledger's table ${table}: ${filled}`;
}

function fits(rule: DynamodbErrorRule, failure: DynamodbFailure): boolean {
  if (rule.names !== undefined && !rule.names.includes(failure.name)) return false;
  if (rule.namePattern?.test(failure.name) === false) return false;
  if (rule.text?.test(failure.text) === false) return false;
  return rule.statuses === undefined || (failure.status !== undefined && rule.statuses.includes(failure.status));
}

function ruleOfStatus(status: number | undefined): DynamodbErrorRule | undefined {
  return status !== undefined && status >= 500 ? UNAVAILABLE_SERVER : undefined;
}

/** Undefined: nothing that a server or a socket said. */
function readFailure(error: unknown): DynamodbFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const status = httpStatus(error);
  if (error instanceof TransactionCanceledException) {
    const reason = (error.CancellationReasons ?? []).find(({ Code }) => Code !== undefined && Code !== 'None');
    return { name: bareName(reason?.Code ?? error.name), text: reason?.Message ?? error.message, status };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const isPlain = ['Error', 'AggregateError', 'TypeError', ''].includes(error.name);
  // A TypeError without a code is a bug of ours.
  if (isPlain && code === undefined && status === undefined) return undefined;
  return { name: bareName(isPlain ? (code ?? 'Error') : error.name), text: error.message, status };
}

/** `ProvisionedThroughputExceeded`, as a transaction's reasons say it, is `ProvisionedThroughputExceededException` elsewhere. */
function bareName(name: string): string {
  const bare = name.replace(/^.*#/, '');
  return bare === 'ProvisionedThroughputExceeded' ? `${bare}Exception` : bare;
}

function httpStatus(error: Error): number | undefined {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return undefined;
  const metadata = error.$metadata;
  return 'httpStatusCode' in metadata && typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : undefined;
}

function scrub(text: string): string {
  const firstLine = text.split('\n', 1)[0] ?? '';
  return withoutProofs(firstLine)
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '...')
    .slice(0, MAX_TEXT_CHARACTERS);
}
