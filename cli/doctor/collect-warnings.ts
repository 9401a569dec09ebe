import { createLog, type Log } from '../../shared/log.ts';

/** A log of which only the sentences of warnings and errors are kept, for a finding. */
export function collectWarnings(): { readonly log: Log; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const write = (line: string) => {
    const { message }: { message?: unknown } = JSON.parse(line);
    warnings.push(String(message));
  };
  return { log: createLog({ level: 'warn', write }), warnings };
}
