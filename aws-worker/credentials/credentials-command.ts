// OSS_CREDENTIALS_COMMAND: a command of the shell that prints a key. What it prints beside it, on standard error, is nobody's to repeat.

import { execFile } from 'node:child_process';
import { BridgeError, cancelledBy } from '../../shared/bridge-error.ts';
import { KIBIBYTE } from '../../shared/limits.ts';
import { type FoundCredentials, parseCredentials } from './credentials-json.ts';

/** Those that ask a person, or another cloud, take a while. */
const RUN_MILLISECONDS = 60_000;
const OUTPUT_MAX_BYTES = 64 * KIBIBYTE;
/** The shell's own words: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02 */
const REASONS: Readonly<Record<string, string>> = {
  126: ': the shell may not run it',
  127: ': the shell does not find it',
  ERR_CHILD_PROCESS_STDIO_MAXBUFFER: ': it printed far more than a key',
};

/** @throws BridgeError permanent `source-credentials`; retryable `source-credentials-unavailable`; cancelled */
export async function findCredentialsByCommand(command: string, signal: AbortSignal): Promise<FoundCredentials> {
  const text = await run(command, signal);
  return parseCredentials(text, 'What OSS_CREDENTIALS_COMMAND prints');
}

function run(command: string, signal: AbortSignal): Promise<string> {
  const options = { timeout: RUN_MILLISECONDS, killSignal: 'SIGKILL', maxBuffer: OUTPUT_MAX_BYTES, signal } as const;
  return new Promise((resolve, reject) => {
    const child = execFile('/bin/sh', ['-c', command], options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else if (signal.aborted) reject(cancelledBy(signal));
      else reject(failed(error.killed === true && error.code === null ? 'timeout' : String(error.code)));
    });
    child.stdin?.end();
  });
}

/** Node's own error has the command in it, and the command may have a secret. */
function failed(code: string): BridgeError {
  const what =
    code === 'timeout'
      ? `did not end within ${RUN_MILLISECONDS / 1000} seconds`
      : `failed with ${code}${REASONS[code] ?? ''}`;
  return new BridgeError({
    kind: 'retryable',
    code: 'source-credentials-unavailable',
    message: `The key for OSS could not be had: OSS_CREDENTIALS_COMMAND ${what}. Run it by hand, as the worker's user, to see why.`,
  });
}
