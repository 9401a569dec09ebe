import { expect } from 'vitest';
import { createLog, type Log } from '../../shared/log.ts';
import { noteSecrets } from '../secrets/note-secrets.ts';

export interface RecordingLog {
  readonly log: Log;
  /** The lines of this level, as they would be printed. */
  lines(level: 'debug' | 'info' | 'warn' | 'error'): readonly string[];
}

export function createRecordingLog(): RecordingLog {
  const lines: string[] = [];
  return {
    log: createLog({
      level: 'debug',
      write: line => {
        lines.push(line);
        noteSecrets(line, { origin: `log recorded in ${expect.getState().testPath}`, firstLine: lines.length });
      },
    }),
    lines: level => lines.filter(line => line.includes(`"level":"${level}"`)),
  };
}
