// What the three batch actions share: the checks of the entries, and an answer that says of each whether it went well.

import { type Input, isRecord, requiredString } from '../read-input.ts';
import type { Output } from '../sqs-call.ts';
import { SqsError, type SqsErrorCode } from '../sqs-error.ts';

const MAX_ENTRIES = 10;
/** Faults of the request as a whole, wherever they are found. */
const WHOLE_REQUEST: readonly SqsErrorCode[] = ['SerializationError', 'MissingParameter'];

export interface BatchEntry {
  readonly id: string;
  readonly input: Input;
}

/** Throws what refuses the batch as a whole. */
export function readEntries(input: Input): readonly BatchEntry[] {
  const entries = input.Entries ?? [];
  if (!Array.isArray(entries)) throw new SqsError('SerializationError', 'Entries must be a list.');
  if (entries.length === 0)
    throw new SqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MAX_ENTRIES) {
    const message = `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`;
    throw new SqsError('TooManyEntriesInBatchRequest', message);
  }
  const ids = new Set<string>();
  return entries.map(entry => {
    if (!isRecord(entry)) throw new SqsError('SerializationError', 'An entry must be an object.');
    const id = requiredString(entry, 'Id');
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(id)) {
      const message =
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';
      throw new SqsError('InvalidBatchEntryId', message);
    }
    if (ids.has(id)) throw new SqsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
    ids.add(id);
    return { id, input: entry };
  });
}

export function answerEach(entries: readonly BatchEntry[], act: (input: Input) => Output): Output {
  const successful: Output[] = [];
  const failed: Output[] = [];
  for (const { id, input } of entries) {
    try {
      successful.push({ Id: id, ...act(input) });
    } catch (error) {
      if (!(error instanceof SqsError) || WHOLE_REQUEST.includes(error.code)) throw error;
      failed.push({ Id: id, SenderFault: error.isSenderFault, Code: error.code, Message: error.message });
    }
  }
  return {
    ...(successful.length > 0 ? { Successful: successful } : {}),
    ...(failed.length > 0 ? { Failed: failed } : {}),
  };
}
