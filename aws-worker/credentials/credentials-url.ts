// OSS_CREDENTIALS_URL: a GET that is answered with a key, such as that of a metadata service or of a sidecar.

import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import { KIBIBYTE } from '../../shared/limits.ts';
import { type FoundCredentials, parseCredentials } from './credentials-json.ts';

const REQUEST_MILLISECONDS = 10_000;
const ANSWER_MAX_BYTES = 64 * KIBIBYTE;

/** @throws BridgeError permanent `source-credentials`; retryable `source-credentials-unavailable`; cancelled */
export async function findCredentialsAtUrl(
  url: URL,
  signal: AbortSignal,
  milliseconds = REQUEST_MILLISECONDS,
): Promise<FoundCredentials> {
  const text = await fetchText(url, signal, milliseconds);
  return parseCredentials(text, `What OSS_CREDENTIALS_URL at ${url.origin} answers`);
}

async function fetchText(url: URL, signal: AbortSignal, milliseconds: number): Promise<string> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
  try {
    // A redirection would send whoever follows it to a host that nobody named.
    const answer = await fetch(url, { redirect: 'error', headers: { accept: 'application/json' }, signal: deadline });
    if (!answer.ok) {
      await answer.body?.cancel();
      throw unavailable(url, `answered with status ${answer.status}`);
    }
    return await readText(answer, url);
  } catch (error) {
    if (signal.aborted) throw cancelledBy(signal);
    if (error instanceof BridgeError) throw error;
    if (deadline.aborted) throw unavailable(url, `did not answer within ${milliseconds / 1000} seconds`);
    throw unavailable(url, 'could not be reached', error);
  }
}

async function readText(answer: Response, url: URL): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_MAX_BYTES) throw unavailable(url, 'answered with more than a key');
  }
  return text + decoder.decode();
}

/** Path and query may be what opens it. */
function unavailable(url: URL, what: string, cause?: unknown): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'source-credentials-unavailable',
    message: `The key for OSS could not be had: OSS_CREDENTIALS_URL at ${url.origin} ${what}. Look at what serves it.`,
    ...(cause === undefined ? {} : { cause }),
  });
}
