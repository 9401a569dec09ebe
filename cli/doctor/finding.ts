// What one look found. Texts are sentences for a person and hold no secret; whatever a server said in them was cut and scrubbed by the
// adapter that translated it.

import { BridgeError } from '../../shared/bridge-error.ts';

export const STATUSES = ['ok', 'warning', 'problem', 'skipped'] as const;
/**
 * - `warning`: it works, and somebody should know something.
 * - `problem`: it does not work, or would lose something.
 * - `skipped`: it was not looked at; the text says why. Nothing is wrong by that.
 */
export type Status = (typeof STATUSES)[number];

/** Numbers and names behind the text, for machines. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>;

interface More {
  /** What to do, each a sentence, a command or a line for .env. */
  readonly advice?: readonly string[];
  /** Of a failure: as logs and failure lists name it. */
  readonly code?: string;
  readonly facts?: Facts;
}

export interface Finding extends More {
  readonly status: Status;
  readonly text: string;
}

export function ok(text: string, more: More = {}): Finding {
  return { status: 'ok', text, ...more };
}

export function warning(text: string, more: More = {}): Finding {
  return { status: 'warning', text, ...more };
}

export function problem(text: string, more: More = {}): Finding {
  return { status: 'problem', text, ...more };
}

export function skipped(text: string, more: More = {}): Finding {
  return { status: 'skipped', text, ...more };
}

/** Ok, or a warning with these sentences. */
export function okUnless(warnings: readonly string[], text: string, more: More = {}): Finding {
  if (warnings.length === 0) return ok(text, more);
  return warning(text, { ...more, advice: [...warnings, ...(more.advice ?? [])] });
}

/** A BridgeError says itself what to do; where it has several lines, those after the first are commands or a list. */
export function problemOf(error: unknown): Finding {
  if (!(error instanceof BridgeError)) {
    return problem(`A bug of this program, please report it: ${String(error)}`, { code: 'unforeseen' });
  }
  const [text = '', ...advice] = error.message.split('\n').map(line => line.trim());
  return problem(text, { code: error.code, ...(advice.length === 0 ? {} : { advice }) });
}
