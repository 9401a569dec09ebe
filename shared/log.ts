// JSON lines on standard output. error: a person must act; warn: healed itself; info: the outcome of a batch or a large transfer;
// debug: each object, each step. Keys and header values are data: JSON escapes them, so no key can forge a line or colour a terminal.

import { BridgeError } from './bridge-error.ts';
import { toAsciiJson } from './messages/ascii-json.ts';
import { withoutProofs } from './without-proofs.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds these fields to every line. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly write?: (line: string) => void;
  readonly now?: () => Date;
  readonly fields?: LogFields;
}

export function createLog(options: LogOptions): Log {
  const write = options.write ?? (line => process.stdout.write(line));
  const now = options.now ?? (() => new Date());
  const threshold = LOG_LEVELS.indexOf(options.level);
  const emit = (level: LogLevel, message: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(level) < threshold) return;
    const fixed = { time: now().toISOString(), level, message };
    write(`${toAsciiJson(plain({ ...fixed, ...options.fields, ...fields, ...fixed }))}\n`);
  };
  return {
    debug: (message, fields) => emit('debug', message, fields),
    info: (message, fields) => emit('info', message, fields),
    warn: (message, fields) => emit('warn', message, fields),
    error: (message, fields) => emit('error', message, fields),
    with: fields => createLog({ ...options, fields: { ...options.fields, ...fields } }),
  };
}

const MAX_DEPTH = 4;

/** Plain values for JSON, which refuses bigints and what contains itself. Errors are reduced wherever they are: an SDK's carry whole requests. */
function plain(value: unknown, depth = 0): unknown {
  if (value instanceof Error) return describeError(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  if (depth === MAX_DEPTH) return '(deeper)';
  if (Array.isArray(value)) return value.map(item => plain(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, depth + 1)]));
}

const MAX_CAUSES = 5;

/** An error and its causes as plain fields. SDK errors carry whole requests; only names, codes and messages are kept. */
export function describeError(error: unknown, depth = 0): LogFields {
  if (!(error instanceof Error)) return { message: withoutProofs(String(error)) };
  const code = error instanceof BridgeError ? error.code : (error as { code?: unknown }).code;
  return {
    name: error.name,
    ...(error instanceof BridgeError ? { kind: error.kind } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    message: withoutProofs(error.message),
    ...(error.cause !== undefined && depth < MAX_CAUSES ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
