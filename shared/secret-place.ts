// A secret is in the environment, or in a file that the environment names (Docker and Kubernetes mount secrets as files).

import { readFileSync } from 'node:fs';

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
  if (text.length > MAX_CHARACTERS || /[\r\n\0]/.test(text))
    throw new Error('holds more than one line: it is no secret');
  return text;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Error(REASONS[code] ?? `cannot be read (${code})`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a folder',
};
