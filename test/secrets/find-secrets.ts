// What must never be printed or logged: the secrets that the tests work with, and whatever looks like a signature or a token. The values are
// those of .env.local, which are the local cloud's (a test compares them; importing the local cloud itself would slow every test down), and test-secrets.ts.

import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { TEST_SECRETS } from './test-secrets.ts';

export interface SecretFinding {
  /** From 1. */
  readonly line: number;
  readonly what: string;
  /** The line with all that is secret left out. */
  readonly masked: string;
}

export const SECRET_NAMES = ['OSS_ACCESS_KEY_SECRET', 'AWS_SECRET_ACCESS_KEY', 'API_TOKEN'] as const;

const VALUES = parseEnv(readFileSync(new URL('../../.env.local', import.meta.url), 'utf8'));

/** The shortest real token, signature or key is longer; `Bearer TOKEN` in a sentence is not one. */
const SHAPES: readonly (readonly [what: string, pattern: string])[] = [
  ['a signature', String.raw`\bsignature["']?\s*[=:]\s*["']?[a-z0-9%+/]{16,}=*`],
  ['a signature of OSS version 1', String.raw`\bOSS [a-z0-9_-]+:[a-z0-9+/]{20,}=*`],
  ['a session token', String.raw`\bx-(?:amz|oss)-security-token["']?\s*[=:]\s*["']?[^\s"'&]{8,}`],
  ['a bearer token', String.raw`\bbearer +(?!realm=)[\w.~+/-]{8,}=*`],
];

interface Kind {
  readonly what: string;
  readonly pattern: RegExp;
}

const KINDS: readonly Kind[] = [
  ...SECRET_NAMES.map(name => kindOf(`the value of ${name}`, patternOf(VALUES[name] ?? name))),
  ...Object.entries(TEST_SECRETS).map(([name, value]) => kindOf(`the ${name}`, patternOf(value))),
  ...SHAPES.map(([what, pattern]) => kindOf(what, pattern)),
];
/** One look for all kinds: nearly every line has none. */
const ANY = new RegExp(KINDS.map(({ pattern }) => pattern.source).join('|'), 'i');

function kindOf(what: string, pattern: string): Kind {
  return { what, pattern: new RegExp(pattern, 'i') };
}

/** As it is, or as it stands in a URL. */
function patternOf(value: string): string {
  return [...new Set([value, encodeURIComponent(value)])].map(escapePattern).join('|');
}

function escapePattern(text: string): string {
  return text.replaceAll(/\W/g, '\\$&');
}

/** The lines of a text that hold a secret, and which. */
export function findSecrets(text: string): readonly SecretFinding[] {
  if (!ANY.test(text)) return [];
  return text.split('\n').flatMap((line, index) => {
    const found = KINDS.find(({ pattern }) => pattern.test(line));
    return found === undefined ? [] : [{ line: index + 1, what: found.what, masked: mask(line) }];
  });
}

const MAX_SHOWN_CHARACTERS = 300;

function mask(line: string): string {
  return line.replaceAll(new RegExp(ANY.source, 'gi'), '(secret)').slice(0, MAX_SHOWN_CHARACTERS);
}
