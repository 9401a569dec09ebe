// What the worker says of each key in its log, which alone tells how a live object ended and how often it was tried.

import { createLog, type Log } from '../../../shared/log.ts';
import { noteSecrets } from '../../secrets/note-secrets.ts';

export interface KeyJournal {
  /** `copied`, `failed: CODE`, … of live messages, in their order. */
  readonly outcomes: readonly string[];
  /** Failures of its own that were followed by another try. */
  readonly retries: number;
}

export interface WorkerJournal {
  readonly log: Log;
  of(key: string): KeyJournal;
  /** Sentences that only a bug can cause. */
  readonly unforeseen: readonly string[];
}

const RETRIED = ['A live object will be tried again.', 'An object will be tried again.'];
const NONE: KeyJournal = { outcomes: [], retries: 0 };

export function keepJournal(origin: string): WorkerJournal {
  const journals = new Map<string, KeyJournal>();
  const unforeseen: string[] = [];
  const change = (key: string, next: (journal: KeyJournal) => KeyJournal) =>
    journals.set(key, next(journals.get(key) ?? NONE));
  const log = createLog({
    level: 'debug',
    write(line) {
      noteSecrets(line, { origin });
      const { message, sourceKey, outcome, error } = JSON.parse(line);
      if (/unforeseen/.test(message)) unforeseen.push(line);
      if (typeof sourceKey !== 'string') return;
      if (RETRIED.includes(message)) change(sourceKey, old => ({ ...old, retries: old.retries + 1 }));
      const end =
        message === 'Live object settled.'
          ? outcome
          : message === 'A live object failed for good.'
            ? `failed: ${error?.code}`
            : undefined;
      if (end !== undefined) change(sourceKey, old => ({ ...old, outcomes: [...old.outcomes, end] }));
    },
  });
  return { log, of: key => journals.get(key) ?? NONE, unforeseen };
}
