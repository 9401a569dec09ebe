// What a worker logs goes into the trace, and costs nothing where there is none.

import { describeError, type Log, type LogFields } from '../../shared/log.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

export function traceLog(world: World, process: Process): Log {
  const write = (level: string) => (message: string, fields?: LogFields) =>
    world.trace(() => `  ${process.name} ${level}: ${message} ${textOf(fields)}`);
  const log: Log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: () => log,
  };
  return log;
}

function textOf(fields: LogFields = {}): string {
  const plain = Object.entries(fields).map(([name, value]) => {
    const text = value instanceof Error ? describeError(value) : value;
    return `${name}=${JSON.stringify(text, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))}`;
  });
  return plain.join(' ');
}
