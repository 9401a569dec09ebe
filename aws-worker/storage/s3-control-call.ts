// One SDK call with its failure translated, and a cancellation told from a failure.

import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import { untilAborted } from '../../shared/until-aborted.ts';
import { type FailedRequest, translateS3Failure } from './s3-errors.ts';
import { failureOfSdkError } from './s3-failure.ts';

/** @throws BridgeError */
export async function callS3<Output>(
  request: FailedRequest,
  signal: AbortSignal,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
): Promise<Output> {
  if (signal.aborted) throw cancelledBy(signal);
  try {
    // The SDK's chain of credentials knows no signal.
    return await untilAborted(send({ abortSignal: signal }), signal);
  } catch (error) {
    throw signal.aborted ? cancelledBy(signal) : translate(error, request);
  }
}

function translate(error: unknown, request: FailedRequest): BridgeError {
  // Of the credentials, which came before the request.
  if (error instanceof BridgeError) return error;
  return translateS3Failure(failureOfSdkError(error), request);
}
