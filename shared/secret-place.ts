// A secret is in the environment, or in a file that the environment names (Docker and Kubernetes mount secrets as files).

import { readFileSync, statSync } from 'node:fs';

export interface SecretPlace {
  /** The variable that says it: NAME or NAME_FILE. */
  readonly name: string;
  /** As it was when it was looked at. */
  readonly value: string;
  /** Where it may be replaced later. */
  readonly path: string | undefined;
}

/** Far more than a key or a token has; a path that was mistyped may lead to anything. */
const MAX_CHARACTERS = 64 * 1024;

/**
 * One secret, without the line break that editors and `echo` put at its end.
 * @throws Error that says what is wrong with the file, never what is in it
 */
export function readSecretFile(path: string): string {
  const text = readText(path).trim();
  if (text === '') throw new Error('is empty');
  if (text.length > MAX_CHARACTERS || text.includes('\n')) throw new Error('holds more than one line: it is no secret');
  if (CONTROL.test(text)) throw new Error(`holds ${CONTROLS}`);
  return text;
}

/** No header carries it. */
export const CONTROL = /[\u0000-\u001f\u007f]/;
export const CONTROLS = 'a line break or another control character';

/** What the keys and tokens of the clouds are made of. */
export const KEY_TEXT = /^[\x21-\x7e]*$/;
export const NO_KEY_TEXT = 'a character that no key has: a space, a control character, or one beyond ASCII';

/** A path as a message may show it: whoever puts the secret itself where its path belongs shall not find it in a log. */
export function quotePath(path: string): string {
  return /^\.{0,2}\//.test(path) ? JSON.stringify(path) : 'a path (not shown: it does not begin with / or ./)';
}

function readText(path: string): string {
  try {
    // A pipe would give it once, and keep everybody waiting then.
    if (!statSync(path).isFile()) throw new Error('is no regular file');
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(REASONS[code] ?? `cannot be read (${code})`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
};
