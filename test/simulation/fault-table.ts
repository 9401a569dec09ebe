// What may go wrong with each call of a port, in the codes that its adapter gives.

import type { ErrorKind } from '../../shared/bridge-error.ts';
import { REQUEST_MAX_SECONDS } from '../../shared/limits.ts';

export interface CallFaults {
  /** Nothing took place. */
  readonly refused: readonly string[];
  /** It took place, and the caller gets this instead of the answer. Left out: the call changes nothing, so it is the same as refused. */
  readonly lost?: string;
  /** How long after it was sent it may still take place, when its caller has given up or is gone. Left out: never. */
  readonly lateSeconds?: number;
}

const SOURCE = ['source-throttled', 'source-unavailable', 'source-unreachable', 'source-bad-answer'];
const DESTINATION = ['destination-throttled', 'destination-unavailable'];
const LEDGER = { refused: ['ledger-busy'], lost: 'ledger-busy' };
const QUEUE = { refused: ['queue-unavailable', 'queue-throttled'], lost: 'queue-unavailable' };
/** Complete may take minutes, and nothing bounds when one that was given up takes effect. */
const COMPLETE_MAX_SECONDS = 900;

const FAULTS: Readonly<Record<string, CallFaults>> = {
  'source.head': { refused: [...SOURCE, 'source-access-denied'] },
  'source.open': { refused: [...SOURCE, 'source-access-denied'] },
  'source.tags': { refused: SOURCE },
  'source.read': { refused: ['source-bad-answer', 'source-changed'] },
  'listing.list': { refused: [...SOURCE, 'listing-bad-answer'] },
  'destination.head': { refused: DESTINATION },
  'destination.listParts': { refused: DESTINATION },
  'destination.listUploads': { refused: DESTINATION },
  'destination.put': {
    refused: [...DESTINATION, 'destination-conflict', 'destination-access-denied'],
    lost: 'destination-unknown',
    lateSeconds: REQUEST_MAX_SECONDS,
  },
  'destination.createUpload': {
    refused: DESTINATION,
    lost: 'destination-unknown',
    lateSeconds: REQUEST_MAX_SECONDS,
  },
  'destination.uploadPart': {
    refused: DESTINATION,
    lost: 'destination-unknown',
    lateSeconds: REQUEST_MAX_SECONDS,
  },
  'destination.completeUpload': {
    refused: [...DESTINATION, 'destination-conflict'],
    lost: 'destination-unknown',
    lateSeconds: COMPLETE_MAX_SECONDS,
  },
  'destination.abortUpload': {
    refused: DESTINATION,
    lost: 'destination-unavailable',
    lateSeconds: REQUEST_MAX_SECONDS,
  },
  'queue.receive': QUEUE,
  'queue.send': { ...QUEUE, lateSeconds: 60 },
  'queue.delete': { ...QUEUE, lateSeconds: 60 },
  'queue.changeVisibility': { ...QUEUE, lateSeconds: 60 },
};

const NONE: CallFaults = { refused: [] };

export function faultsOf(operation: string): CallFaults {
  if (operation.startsWith('ledger.')) return LEDGER;
  return FAULTS[operation] ?? NONE;
}

export function kindOfFault(code: string): ErrorKind {
  return code.endsWith('-access-denied') || code === 'source-refused' ? 'permanent' : 'retryable';
}
