// OSS_CREDENTIALS_COMMAND: a command of the shell that prints a key. What it prints beside it, on standard error, is nobody's to repeat.

import { spawn } from 'node:child_process';
import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import { KIBIBYTE } from '../../shared/limits.ts';
import { type FoundCredentials, parseCredentials } from './credentials-json.ts';

/** Those that ask a person, or another cloud, take a while. */
const RUN_MILLISECONDS = 60_000;
const OUTPUT_MAX_BYTES = 64 * KIBIBYTE;
/** The command comes in by a pipe, for arguments can be seen by every user of the machine. It has no use for what opens the API. */
const SCRIPT = 'unset API_TOKEN; eval "$(cat)"';
/** The shell's own words: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02 */
const REASONS: Readonly<Record<string, string>> = {
  126: ': the shell may not run it',
  127: ': the shell does not find it',
};

/** @throws BridgeError permanent `source-credentials`; retryable `source-credentials-unavailable`; cancelled */
export async function findCredentialsByCommand(
  command: string,
  signal: AbortSignal,
  milliseconds = RUN_MILLISECONDS,
): Promise<FoundCredentials> {
  const text = await run(command, signal, milliseconds);
  return parseCredentials(text, 'What OSS_CREDENTIALS_COMMAND prints');
}

function run(command: string, signal: AbortSignal, milliseconds: number): Promise<string> {
  if (signal.aborted) return Promise.reject(cancelledBy(signal));
  return new Promise((resolve, reject) => {
    // A group of its own: what the shell has started ends with it, or would hold its output open.
    const child = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    const chunks: Buffer[] = [];
    let lengthBytes = 0;
    const giveUp = (error: BridgeError): void => {
      reject(error);
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const onAbort = (): void => giveUp(cancelledBy(signal));
    const timer = setTimeout(() => giveUp(failed(`did not end within ${milliseconds / 1000} seconds`)), milliseconds);
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', () => giveUp(failed('could not be started')));
    // Without pipes it could not be started, and says so.
    child.stdin?.on('error', () => undefined); // it ended before it read
    child.stdin?.end(command);
    child.stdout?.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      lengthBytes += chunk.length;
      if (lengthBytes > OUTPUT_MAX_BYTES) giveUp(failed('printed far more than a key'));
    });
    child.once('close', (code, killedBy) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      const text = Buffer.concat(chunks).toString('utf8');
      // As a pipe does whose first command failed.
      if (code === 0 && text.trim() === '') reject(failed('printed nothing'));
      else if (code === 0) resolve(text);
      else reject(failed(`ended with ${code ?? killedBy}${REASONS[String(code)] ?? ''}`));
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Without the command, which may have a secret in it. */
function failed(what: string): BridgeError {
  return new BridgeError({
    kind: 'retryable',
    code: 'source-credentials-unavailable',
    message: `The key for OSS could not be had: OSS_CREDENTIALS_COMMAND ${what}. Run it by hand, as the worker's user, to see why.`,
  });
}
