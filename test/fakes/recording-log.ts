import { createLog, type Log } from '../../shared/log.ts';

export interface RecordingLog {
  readonly log: Log;
  /** The lines of this level, as they would be printed. */
  lines(level: 'debug' | 'info' | 'warn' | 'error'): readonly string[];
}

export function createRecordingLog(): RecordingLog {
  const lines: string[] = [];
  return {
    log: createLog({ level: 'debug', write: line => void lines.push(line) }),
    lines: level => lines.filter(line => line.includes(`"level":"${level}"`)),
  };
}
