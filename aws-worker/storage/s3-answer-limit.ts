// The SDK reads every answer to its end and builds a tree of it, whatever it is: a proxy's endless page, or a document of nothing but elements, would
// take all memory. So each answer to a control call is read here first, within bounds of bytes and of time, and the SDK gets what is left.

import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { KIBIBYTE, MEBIBYTE } from '../../shared/limits.ts';

/** A page has 1,000 entries at most, of some 300 bytes; those of uploads have a key each, escaped to three times its 1,024 bytes. */
const DOCUMENT_MAX_BYTES = 4 * MEBIBYTE;
/** 1,000 uploads of a dozen elements, each with a beginning and an end. */
const MAX_TAGS = 50_000;
/** More of an error than anybody needs. */
const ERROR_MAX_BYTES = 64 * KIBIBYTE;

interface Answer {
  readonly statusCode: number;
  body?: unknown;
}

/** `milliseconds`: for a document from its first byte to its last. */
export function limitAnswers(client: S3Client, { milliseconds }: { readonly milliseconds: number }): void {
  client.middlewareStack.add(
    next => async args => {
      const result = await next(args);
      const answer = result.response as Answer;
      if (answer.body instanceof Readable)
        answer.body = await readWithinBounds(answer.body, answer.statusCode, milliseconds);
      return result;
    },
    // Next to the connection: whatever reads the body, for errors and for results alike, comes after it.
    { step: 'deserialize', priority: 'low', name: 'limitAnswers' },
  );
}

/** An error is cut, for its status says enough; of anything else the end matters. */
async function readWithinBounds(body: Readable, status: number, milliseconds: number): Promise<Readable> {
  const isError = status >= 300;
  const maxBytes = isError ? ERROR_MAX_BYTES : DOCUMENT_MAX_BYTES;
  const until = performance.now() + milliseconds;
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    lengthBytes += chunk.length;
    if (lengthBytes <= maxBytes && performance.now() <= until) continue;
    if (isError) break; // which ends the connection, too
    throw new Error('The answer does not come to an end.');
  }
  const whole = Buffer.concat(chunks);
  if (!isHarmful(whole)) return Readable.from([whole]);
  if (!isError) throw new Error('The answer is no document of S3.');
  return Readable.from([Buffer.alloc(0)]);
}

/** S3 sends no document types (entities), and no more elements than its longest page has. */
function isHarmful(document: Buffer): boolean {
  let tags = 0;
  for (let at = document.indexOf('<'); at >= 0; at = document.indexOf('<', at + 1)) {
    if (++tags > MAX_TAGS || document[at + 1] === EXCLAMATION_MARK) return true;
  }
  return false;
}

const EXCLAMATION_MARK = 0x21;
