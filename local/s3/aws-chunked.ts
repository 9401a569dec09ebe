// The aws-chunked content encoding: `hex-size[;chunk-signature=…]\r\n`, that many bytes, `\r\n`, again and again until a chunk of size 0,
// after which trailing headers may follow. Chunk signatures are read but not verified. Holds one network chunk at a time.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html

import { S3Error } from './s3-error.ts';

const MIN_CHUNK_BYTES = 8192;
const MAX_LINE_BYTES = 8192;
const LINE_FEED = 10;

export class AwsChunkedDecoder {
  /** Lower-case names; complete once `decode` has ended. */
  readonly trailers = new Map<string, string>();
  readonly #hasTrailer: boolean;
  #line = '';
  #state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size';
  #remainingBytes = 0;
  #lastChunkBytes = MIN_CHUNK_BYTES;

  constructor(options: { hasTrailer: boolean }) {
    this.#hasTrailer = options.hasTrailer;
  }

  /** The bytes without their framing. Throws IncompleteBody, InvalidChunkSizeError or MalformedTrailerError. */
  async *decode(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of source) yield* this.#consume(bytes);
    // The blank line that ends the trailers is often left out.
    if (this.#state === 'trailer' && this.#line === '') this.#state = 'done';
    if (this.#state !== 'done') throw new S3Error('IncompleteBody');
  }

  *#consume(bytes: Uint8Array): Generator<Uint8Array> {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const end = Math.min(at + this.#remainingBytes, bytes.length);
        yield bytes.subarray(at, end);
        this.#remainingBytes -= end - at;
        at = end;
        if (this.#remainingBytes === 0) this.#state = 'data-end';
        continue;
      }
      const lineFeed = bytes.indexOf(LINE_FEED, at);
      const end = lineFeed < 0 ? bytes.length : lineFeed;
      this.#line += Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString('latin1');
      if (this.#line.length > MAX_LINE_BYTES) throw new S3Error('IncompleteBody');
      at = end + 1;
      if (lineFeed >= 0) this.#endLine();
    }
  }

  #endLine(): void {
    const line = this.#line.replace(/\r$/, '');
    this.#line = '';
    if (this.#state === 'size') this.#startChunk(line);
    else if (this.#state === 'data-end' && line === '') this.#state = 'size';
    else if (this.#state === 'trailer') this.#addTrailer(line);
    else if (this.#state !== 'done' || line !== '') throw new S3Error('IncompleteBody');
  }

  #startChunk(line: string): void {
    const size = /^([0-9a-f]{1,12})(;.*)?$/i.exec(line)?.[1];
    if (size === undefined) throw new S3Error('IncompleteBody');
    const chunkBytes = Number.parseInt(size, 16);
    if (chunkBytes === 0) {
      this.#state = this.#hasTrailer ? 'trailer' : 'done';
      return;
    }
    if (this.#lastChunkBytes < MIN_CHUNK_BYTES) {
      throw new S3Error('InvalidChunkSizeError', { details: { BadChunkSize: String(this.#lastChunkBytes) } });
    }
    this.#lastChunkBytes = chunkBytes;
    this.#remainingBytes = chunkBytes;
    this.#state = 'data';
  }

  #addTrailer(line: string): void {
    if (line === '') {
      this.#state = 'done';
      return;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) throw new S3Error('MalformedTrailerError');
    this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}
