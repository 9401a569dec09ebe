// Translates what the SQS client throws, and the failed entries of a batch, into our errors: whether trying again can help, and what a
// person is to do (sqs-error-rules.ts).
// Nothing secret passes: AWS quotes the request that it could not verify, session token included, so messages are cut and scrubbed.

import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { BridgeError } from '../../shared/bridge-error.ts';
import { REFUSED, SQS_ERROR_RULES, type SqsErrorRule, type SqsFailure, UNAVAILABLE } from './sqs-error-rules.ts';

export type SqsOperation =
  | 'ReceiveMessage'
  | 'SendMessage'
  | 'DeleteMessage'
  | 'ChangeMessageVisibility'
  | 'SendMessageBatch'
  | 'DeleteMessageBatch'
  | 'ChangeMessageVisibilityBatch'
  | 'GetQueueAttributes'
  | 'GetQueueUrl';

export interface SqsErrorContext {
  readonly operation: SqsOperation;
  readonly queueUrl: string;
}

export function translateSqsError(error: unknown, context: SqsErrorContext): BridgeError {
  if (error instanceof BridgeError) return error;
  return toBridgeError(readFailure(error), context);
}

/** `lost`: this receipt handle is worth nothing any more; the others of the batch are not concerned. */
export function translateFailedEntry(entry: BatchResultErrorEntry, context: SqsErrorContext): 'lost' | BridgeError {
  const failure: SqsFailure = {
    name: bareName(entry.Code ?? ''),
    text: entry.Message ?? '',
    status: entry.SenderFault === true ? 400 : 500,
  };
  if (context.operation !== 'SendMessageBatch' && isLostReceipt(failure)) return 'lost';
  return toBridgeError(failure, context);
}

/**
 * Expired, deleted, or held for the 12 hours that SQS allows, in the words of each:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
function isLostReceipt(failure: SqsFailure): boolean {
  if (['ReceiptHandleIsInvalid', 'MessageNotInflight'].includes(failure.name)) return true;
  if (failure.name !== 'InvalidParameterValue') return false;
  return /receipt ?handle|does not exist|not available for visibility|beyond the limit|maximum|expired/i.test(
    failure.text,
  );
}

function toBridgeError(failure: SqsFailure, context: SqsErrorContext): BridgeError {
  const rule =
    SQS_ERROR_RULES.find(candidate => fits(candidate, failure)) ??
    (isClientFault(failure.status) ? REFUSED : UNAVAILABLE);
  const advice = rule.advice
    .replaceAll('{queue}', context.queueUrl)
    .replaceAll('{action}', iamAction(context.operation));
  const cause = new Error(scrub(failure.text));
  cause.name = failure.name;
  return new BridgeError({
    kind: rule.kind,
    code: rule.code,
    message: `SQS ${context.operation}: ${advice} (${failure.name}: ${cause.message})`,
    cause,
  });
}

function fits(rule: SqsErrorRule, failure: SqsFailure): boolean {
  if (rule.names !== undefined && !rule.names.includes(failure.name)) return false;
  if (rule.namePattern?.test(failure.name) === false) return false;
  if (rule.text?.test(failure.text) === false) return false;
  return rule.statuses === undefined || (failure.status !== undefined && rule.statuses.includes(failure.status));
}

function isClientFault(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500;
}

/** A socket's failure is best named by its code (ENOTFOUND); the SDK's errors by their name. */
function readFailure(error: unknown): SqsFailure {
  if (!(error instanceof Error)) return { name: 'Unknown', text: String(error), status: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const isPlain = ['Error', 'AggregateError', 'TypeError', ''].includes(error.name);
  return { name: bareName(isPlain ? (code ?? 'Error') : error.name), text: error.message, status: httpStatus(error) };
}

function httpStatus(error: object): number | undefined {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return undefined;
  const metadata = error.$metadata;
  return 'httpStatusCode' in metadata && typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : undefined;
}

/** The older protocol's names carry a prefix; some servers still send it. */
function bareName(name: string): string {
  return name.replace(/^.*#/, '').replace(/^AWS\.SimpleQueueService\./, '');
}

/** SQS authorises batches by the single action: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
function iamAction(operation: SqsOperation): string {
  return `sqs:${operation.replace(/Batch$/, '')}`;
}

const MAX_TEXT_CHARACTERS = 300;

function scrub(text: string): string {
  const firstLine = text.split('\n', 1)[0] ?? '';
  return firstLine
    .replace(/(Signature|Credential|x-amz-security-token|token|secret)(\s*[=:]\s*)\S+/gi, '$1$2...')
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '...')
    .slice(0, MAX_TEXT_CHARACTERS);
}
