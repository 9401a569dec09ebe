// Test processes look through what they logged themselves and note only what they found: check-output.ts reads the notes when all is over.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSecrets } from './find-secrets.ts';

/** The environment variable that names the folder of the notes; unset, nobody is going to read them. */
export const NOTES_FOLDER = 'SECRET_NOTES_FOLDER';

export interface SecretNote {
  /** What kind of output it was, and of which test file. */
  readonly origin: string;
  readonly line: number;
  readonly what: string;
  readonly masked: string;
}

/** `firstLine`: the number of the text's first line in its log. */
export function noteSecrets(text: string, about: { readonly origin: string; readonly firstLine?: number }): void {
  const folder = process.env[NOTES_FOLDER];
  if (folder === undefined) return;
  const { origin, firstLine = 1 } = about;
  for (const found of findSecrets(text)) {
    const note: SecretNote = { ...found, origin, line: found.line + firstLine - 1 };
    appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(note)}\n`);
  }
}
