// One request, its body in memory if it has one, and its answer as text: undici's dispatcher without its stream layers. What it adds is certainty:
// whether a byte of the request may have left when it failed, and a deadline for the whole of it.
// Memory: the body is never copied. When a request is abandoned, its slices may be read once more by the kernel while the caller fills the
// buffer anew; S3 refuses such a request, because its length and its checksum were signed before.

import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { cancelledBy } from '../../shared/bridge-error.ts';
import { KIBIBYTE } from '../../shared/limits.ts';
import type { RawResponse } from './s3-failure.ts';

/** A whole part written at once is encrypted at once, and doubles in memory. */
export const BODY_SLICE_BYTES = 256 * KIBIBYTE;
const ANSWER_MAX_BYTES = 64 * KIBIBYTE;

export interface HttpRequest {
  readonly method: 'PUT' | 'HEAD';
  /** With the query. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | undefined;
  readonly deadlineMilliseconds: number;
  readonly signal: AbortSignal;
}

/** No answer came. `started`: bytes of it may have reached the server. */
export class BrokenRequest extends Error {
  override readonly name = 'BrokenRequest';
  readonly started: boolean;

  constructor(cause: unknown, started: boolean) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.started = started;
  }
}

/**
 * @returns the answer, whatever its status
 * @throws BrokenRequest; BridgeError cancelled when the signal aborts first
 */
export function sendHttpRequest(dispatcher: Dispatcher, request: HttpRequest): Promise<RawResponse> {
  const { signal } = request;
  if (signal.aborted) return Promise.reject(cancelledBy(signal));
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let abandoned: Error | undefined;
    let status = 0;
    let headers: RawResponse['headers'] = {};
    let bytes = 0;
    const chunks: Buffer[] = [];

    const abandon = (reason: Error, outcome: Error): void => {
      if (abandoned !== undefined) return;
      abandoned = reason;
      settle();
      reject(outcome);
      controller?.abort(reason);
    };
    const onAbort = (): void => abandon(new Error('cancelled'), cancelledBy(signal));
    const onDeadline = (): void => {
      const late = new Error(`No answer within ${request.deadlineMilliseconds} ms`);
      abandon(late, new BrokenRequest(late, controller !== undefined));
    };
    const timer = setTimeout(onDeadline, request.deadlineMilliseconds);
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };

    const answer = (): void => {
      settle();
      resolve({ status, headers, body: Buffer.concat(chunks).toString('utf8') });
    };

    dispatcher.dispatch(
      {
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: bodyFor(request.body),
        // undici would close the connection after a HEAD, for servers that send a body with the answer; S3 does not.
        reset: false,
      },
      {
        onRequestStart(newController) {
          // Still queued when it was given up; or undici would send it a second time, which is for the caller to decide.
          if (abandoned !== undefined) newController.abort(abandoned);
          else if (controller !== undefined) newController.abort(new Error('The connection broke.'));
          controller = newController;
        },
        onResponseStart(_controller, statusCode, responseHeaders) {
          if (statusCode < 200) return;
          status = statusCode;
          headers = responseHeaders;
        },
        onResponseData(dataController, chunk) {
          bytes += chunk.length;
          if (bytes <= ANSWER_MAX_BYTES) {
            chunks.push(chunk);
            return;
          }
          // Status and headers say what became of the request; a page without end is nothing to wait for.
          answer();
          dataController.abort(new Error('The answer is longer than any of S3.'));
        },
        onResponseEnd: answer,
        onResponseError(_controller, error) {
          settle();
          // Promises settle once: after `abandon` this changes nothing.
          reject(new BrokenRequest(error, controller !== undefined));
        },
      },
    );
  });
}

function bodyFor(body: Buffer | undefined): Buffer | Readable | null {
  if (body === undefined || body.length <= BODY_SLICE_BYTES) return body ?? null;
  // undici documents any iterable as a body; its types leave that out.
  return slicesOf(body) as unknown as Readable;
}

function* slicesOf(body: Buffer): Generator<Buffer> {
  for (let start = 0; start < body.length; start += BODY_SLICE_BYTES) {
    yield body.subarray(start, start + BODY_SLICE_BYTES);
  }
}
