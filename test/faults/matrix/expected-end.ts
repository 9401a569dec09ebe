// What a fault that lasts comes to, by the request that it strikes. One that passes is to leave no trace, but for those after which nothing is tried again.

import { isLarge } from '../../acceptance/moving-stage.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { Place } from './places.ts';

/**
 * - `moves`: the object is moved all the same, or as soon as it is healed; it never fails.
 * - `waits`: it would meet every object, so its message waits in the queue until it is healed.
 * - a code: the object's own; on the failure list and in the dead-letter queue with it, after so many tries.
 */
export type End = 'moves' | 'waits' | OwnFailure;

export interface OwnFailure {
  readonly code: string;
  readonly tries: 1 | 10;
  /** One strike is enough for it. */
  readonly isAtOnce: boolean;
}

const MAX_TRIES = 10;

function failsAtOnce(code: string): End {
  return { code, tries: 1, isAtOnce: true };
}
/** It is tried several times within one delivery, and not in another one. */
function failsAfterItsRounds(code: string): End {
  return { code, tries: 1, isAtOnce: false };
}
function failsInTheEnd(code: string): End {
  return { code, tries: MAX_TRIES, isAtOnce: false };
}

const badAnswer = failsInTheEnd('source-bad-answer');
const damaged = failsInTheEnd('source-checksum-mismatch');
const keepsChanging = failsInTheEnd('source-keeps-changing');

/** By the name of the kind; those that are not here move. */
const OF_SOURCE: Readonly<Record<string, End>> = {
  'a reset before': 'waits',
  'a reset in the answer': 'waits',
  'a lost answer': 'waits',
  '400': failsAtOnce('source-refused'),
  '403 AccessDenied': failsAtOnce('source-access-denied'),
  '403 without a body': 'waits',
  '404 NoSuchBucket': 'waits',
  '404 without a body': 'waits',
  '408': 'waits',
  '412': keepsChanging,
  '429': 'waits',
  '500': 'waits',
  '500 without a body': 'waits',
  '502 without a body': 'waits',
  '503': 'waits',
  '503 without a body': 'waits',
  '503 SlowDown': 'waits',
  '503 SlowDown for a minute': 'waits',
  '501': 'waits',
  RequestTimeTooSkewed: 'waits',
  SecurityTokenExpired: 'waits',
  InvalidAccessKeyId: 'waits',
  'an error in a 200': badAnswer,
  '200 without a body': badAnswer,
  'a redirect elsewhere': 'waits',
  'a 307 elsewhere': 'waits',
  'no ETag': badAnswer,
  'a CRC-64 that is none': badAnswer,
  'no Content-Length': badAnswer,
  'a larger Content-Length': keepsChanging,
  'no Last-Modified': badAnswer,
  Age: 'waits',
  'X-Cache: HIT': 'waits',
};

const OF_SOURCE_READ: Readonly<Record<string, End>> = {
  'an answer cut short': 'waits',
  'an answer cut short that hides it': damaged,
  'a flipped bit of what comes': damaged,
  gzip: badAnswer,
  'another CRC-64': damaged,
  'a smaller Content-Length': damaged,
};

const OF_SOURCE_LOOK: Readonly<Record<string, End>> = {
  // A GET, which is not struck, is asked what the HEAD cannot say.
  '403 without a body': badAnswer,
  '404 without a body': badAnswer,
};

/** Everything of the destination, unless its operation says otherwise. */
const OF_DESTINATION: Readonly<Record<string, End>> = {
  'a reset before': 'waits',
  'a reset in the request': 'waits',
  'a reset in the answer': 'waits',
  'a lost answer': 'waits',
  'an answer cut short': 'waits',
  'an answer cut short that hides it': 'waits',
  '400': failsAtOnce('destination-request-refused'),
  '403 AccessDenied': failsAtOnce('destination-access-denied'),
  '403 without a body': 'waits',
  '404 NoSuchBucket': 'waits',
  '404 without a body': 'waits',
  '408': 'waits',
  '429': 'waits',
  '500': 'waits',
  '500 without a body': 'waits',
  '502 without a body': 'waits',
  '503': 'waits',
  '503 without a body': 'waits',
  '503 SlowDown': 'waits',
  '503 SlowDown for a minute': 'waits',
  '501': failsAtOnce('destination-not-supported'),
  RequestTimeTooSkewed: 'waits',
  ExpiredToken: 'waits',
  InvalidAccessKeyId: 'waits',
  'an error in a 200': 'waits',
  '200 without a body': 'waits',
  'a redirect elsewhere': 'waits',
  'a 307 elsewhere': 'waits',
};

const changed = failsInTheEnd('destination-changed');
/** S3 refuses them, and stores nothing. */
const damagedOnTheWay = failsInTheEnd('destination-checksum-mismatch');
/** S3 says that it stored them, with our record of the source. */
const damagedThere = failsAfterItsRounds('destination-stored-other-bytes');
const partInvalid = failsInTheEnd('upload-part-invalid');
const conflict = failsInTheEnd('destination-conflict');
const superseded = failsInTheEnd('upload-superseded');

/** Whether it took place or not: whoever looks again finds it. */
const FOUND_BY_THE_NEXT_LOOK: Readonly<Record<string, End>> = {
  'a reset in the answer': 'moves',
  'a lost answer': 'moves',
  'an answer cut short': 'moves',
  'an answer cut short that hides it': 'moves',
  '404 NoSuchKey': changed,
  '404 NoSuchUpload': failsInTheEnd('upload-missing'),
  '400 InvalidPart': partInvalid,
  '409': conflict,
  '412': changed,
};

const OF_OPERATION: Readonly<Record<string, Readonly<Record<string, End>>>> = {
  HeadObject: {
    '403 without a body': failsAtOnce('destination-access-denied'),
    '400 InvalidPart': partInvalid,
    '409': conflict,
    '412': changed,
  },
  PutObject: {
    ...FOUND_BY_THE_NEXT_LOOK,
    'a flipped bit of what is sent': damagedOnTheWay,
    'another CRC-32': damagedThere,
  },
  CreateMultipartUpload: {
    '404 NoSuchKey': superseded,
    '404 NoSuchUpload': superseded,
    '400 InvalidPart': superseded,
    '409': superseded,
    '412': superseded,
    gzip: 'waits',
  },
  UploadPart: {
    'no ETag': 'waits',
    'a flipped bit of what is sent': damagedOnTheWay,
    'another CRC-32': damagedThere,
  },
  CompleteMultipartUpload: FOUND_BY_THE_NEXT_LOOK,
  ListParts: { '404 NoSuchKey': changed, '412': changed, gzip: 'waits' },
  ListMultipartUploads: { '412': changed },
  AbortMultipartUpload: { '404 NoSuchKey': changed, '400 InvalidPart': partInvalid, '409': conflict, '412': changed },
};

/** A HEAD that is refused like this says that nothing is there: the write on that condition is refused then, or is right. */
function ofMissing({ scene }: Place): Readonly<Record<string, End>> {
  const end = scene.before === 'nothing' ? 'moves' : changed;
  const names = ['404 NoSuchKey', '404 NoSuchBucket', '404 NoSuchUpload', '404 without a body', 'another ETag'];
  const noEtag: End = scene.before === 'nothing' ? 'moves' : 'waits';
  return { ...Object.fromEntries(names.map(name => [name, end])), 'no ETag': noEtag };
}

/** It is searched for before it is aborted, and is not there the next time. */
const OF_UNNAMED_ABORT: Readonly<Record<string, End>> = { 'a reset in the answer': 'moves', 'a lost answer': 'moves' };

/** The looks of a large object, at the beginning of the next round as well: what they say of the version is held against the parts. */
const OF_LARGE_LOOK: Readonly<Record<string, End>> = {
  'another ETag': keepsChanging,
  'a smaller Content-Length': keepsChanging,
  'another CRC-64': damaged,
};

function tablesOf(place: Place): readonly Readonly<Record<string, End>>[] {
  const { service, operation, scene } = place;
  if (service === 'oss' && operation === 'GetObject') return [OF_SOURCE, OF_SOURCE_READ];
  if (service === 'oss') return [OF_SOURCE, OF_SOURCE_LOOK, ...(isLarge(scene) ? [OF_LARGE_LOOK] : [])];
  const ofLook = operation === 'HeadObject' ? [ofMissing(place)] : [];
  const ofUnnamed = scene.upload === 'unnamed' && operation === 'AbortMultipartUpload' ? [OF_UNNAMED_ABORT] : [];
  return [OF_DESTINATION, OF_OPERATION[operation] ?? {}, ...ofLook, ...ofUnnamed];
}

export function expectedEnd(place: Place, kind: FaultKind): End {
  if (kind.isSlow) return 'moves';
  const ends = tablesOf(place).flatMap(table => table[kind.name] ?? []);
  const end = ends.at(-1) ?? 'moves';
  // Healed at the second try.
  return isDear(place, kind) && typeof end === 'object' && end.tries > 1 ? 'moves' : end;
}

/** A try of it moves megabytes. */
export function isDear(place: Place, kind: FaultKind): boolean {
  return place.isDear || (kind.losesUpload === true && place.operation === 'CompleteMultipartUpload');
}
