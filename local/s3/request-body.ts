// A request's body, unwrapped from aws-chunked if need be, counted and held against the signed SHA-256. Nothing is read before
// `read` is called; that is also when `Expect: 100-continue` is answered, so that a refused request sends no body.

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { PayloadForm } from './authenticate.ts';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { S3Error } from './s3-error.ts';

export interface RequestBodyOptions {
  readonly request: IncomingMessage;
  readonly form: PayloadForm;
  /** Called once, before the first byte is read. */
  readonly beforeRead: () => void;
  /** What the object's bytes go through before they are held against anything. */
  readonly stage?: ((bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) | undefined;
}

export class RequestBody {
  readonly #options: RequestBodyOptions;
  readonly #decoder: AwsChunkedDecoder | undefined;

  constructor(options: RequestBodyOptions) {
    this.#options = options;
    const { isChunked, hasTrailer } = options.form;
    this.#decoder = isChunked ? new AwsChunkedDecoder({ hasTrailer }) : undefined;
  }

  get hasTrailer(): boolean {
    return this.#options.form.hasTrailer;
  }

  /** Known once `read` has ended. */
  trailer(name: string): string | undefined {
    return this.#decoder?.trailers.get(name);
  }

  /**
   * The object's bytes that the headers announce, without framing. Throws MissingContentLength, or NotImplemented for a plain
   * `Transfer-Encoding: chunked`, which S3 does not take.
   */
  get declaredBytes(): number {
    const { headers } = this.#options.request;
    if (this.#decoder === undefined && headers['transfer-encoding'] !== undefined) {
      throw new S3Error('NotImplemented', { details: { Header: 'Transfer-Encoding' } });
    }
    const length = this.#decoder ? headers['x-amz-decoded-content-length'] : headers['content-length'];
    if (typeof length !== 'string' || !/^\d+$/.test(length)) throw new S3Error('MissingContentLength');
    return Number(length);
  }

  /** To be called once. Throws IncompleteBody or XAmzContentSHA256Mismatch at the end. */
  async *read(): AsyncGenerator<Uint8Array> {
    const { request, form, beforeRead, stage } = this.#options;
    const declaredBytes = this.declaredBytes;
    beforeRead();
    const hash = form.sha256 === undefined ? undefined : createHash('sha256');
    let receivedBytes = 0;
    // A failure must leave the connection open, for the answer.
    const source: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
    const decoded = this.#decoder ? this.#decoder.decode(source) : source;
    for await (const bytes of stage?.(decoded) ?? decoded) {
      receivedBytes += bytes.length;
      if (receivedBytes > declaredBytes) throw new S3Error('IncompleteBody');
      hash?.update(bytes);
      yield bytes;
    }
    if (receivedBytes !== declaredBytes) throw new S3Error('IncompleteBody');
    const computed = hash?.digest('hex');
    if (computed === form.sha256) return;
    throw new S3Error('XAmzContentSHA256Mismatch', {
      details: { ClientComputedContentSHA256: form.sha256 ?? '', S3ComputedContentSHA256: computed ?? '' },
    });
  }
}
