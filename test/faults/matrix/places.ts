// Every request that the worker makes of OSS and S3 for a key, by the scene in which it makes it.

import { MEBIBYTE } from '../../../shared/limits.ts';
import type { MatrixScene } from './scenes.ts';
import { SCENES } from './scenes.ts';

export interface Place {
  readonly name: string;
  readonly scene: MatrixScene;
  readonly service: 'oss' | 's3';
  readonly operation: string;
  /** It, and what is asked where it explains nothing. */
  readonly operations: readonly string[];
  /** So many requests of that operation come before it. */
  readonly skip: number;
  /** Object bytes, or a document. */
  readonly request: 'empty' | 'document' | 'object';
  readonly response: 'empty' | 'document' | 'object';
  /** Takes effect at the destination, or creates or removes an upload. */
  readonly isWrite: boolean;
  /** Small objects make no such request, or not at that point. */
  readonly isOnlyLarge: boolean;
  /** A try moves megabytes. */
  readonly isDear: boolean;
}

type Kind = Pick<Place, 'service' | 'operation' | 'request' | 'response' | 'isWrite'>;

/** An error to a HEAD has no body: S3's is asked for with a GET, which is of no other use at the destination. */
const EXPLAINED_BY: Readonly<Record<string, string>> = { 's3 HeadObject': 'GetObject' };

const LOOK = { operation: 'HeadObject', request: 'empty', response: 'empty', isWrite: false } as const;
const SOURCE_LOOK: Kind = { ...LOOK, service: 'oss' };
const DESTINATION_LOOK: Kind = { ...LOOK, service: 's3' };
const READ: Kind = { service: 'oss', operation: 'GetObject', request: 'empty', response: 'object', isWrite: false };
const S3_WRITE = { service: 's3', isWrite: true } as const;
const PUT: Kind = { ...S3_WRITE, operation: 'PutObject', request: 'object', response: 'empty' };
const PART: Kind = { ...S3_WRITE, operation: 'UploadPart', request: 'object', response: 'empty' };
const CREATE: Kind = { ...S3_WRITE, operation: 'CreateMultipartUpload', request: 'empty', response: 'document' };
const COMPLETE: Kind = { ...S3_WRITE, operation: 'CompleteMultipartUpload', request: 'document', response: 'document' };
const ABORT: Kind = { ...S3_WRITE, operation: 'AbortMultipartUpload', request: 'empty', response: 'empty' };
const LIST_PARTS: Kind = { ...DESTINATION_LOOK, operation: 'ListParts', response: 'document' };
const LIST_OBJECTS: Kind = { ...SOURCE_LOOK, operation: 'ListObjectsV2', response: 'document' };
const LIST_UPLOADS: Kind = { ...LIST_PARTS, operation: 'ListMultipartUploads' };

/** Of which a small object has another one. */
const ALSO_SMALL = /^(OSS (first HeadObject|first GetObject)|S3 (first HeadObject|first UploadPart)) /;

function at(kind: Kind, scene: MatrixScene, which = '', skip = 0): Place {
  const { service, operation, request, response } = kind;
  const explained = EXPLAINED_BY[`${service} ${operation}`];
  const operations = explained === undefined ? [operation] : [operation, explained];
  const name = `${service.toUpperCase()} ${which === '' ? operation : `${which} ${operation}`} of ${scene.name}`;
  const isDear = scene.sizeBytes > MEBIBYTE && [request, response].includes('object');
  return { ...kind, operations, scene, skip, isDear, isOnlyLarge: !ALSO_SMALL.test(name), name };
}

const { tinyNew, smallReplaced, twoPartsNew, threePartsNew, twoPartsReplaced, resumed, outdated, unnamed } = SCENES;
const { batchNew, batchReplaced, batchTwoParts } = SCENES;

export const SMALL_PLACES: readonly Place[] = [
  at(READ, tinyNew),
  at(PUT, tinyNew),
  at(DESTINATION_LOOK, smallReplaced),
  at(SOURCE_LOOK, smallReplaced, 'first'),
  at(READ, smallReplaced),
  at(PUT, smallReplaced),
  at(SOURCE_LOOK, smallReplaced, 'look back', 1),
];

export const BATCH_PLACES: readonly Place[] = [
  at(READ, batchNew),
  at(PUT, batchNew),
  at(DESTINATION_LOOK, batchReplaced),
  at(SOURCE_LOOK, batchReplaced),
  at(READ, batchReplaced),
  at(PUT, batchReplaced),
];

/** A backfill reads and writes large objects as an event does. */
export const LARGE_BATCH_PLACES: readonly Place[] = [
  at(READ, batchTwoParts, 'last', 1),
  at(PART, batchTwoParts, 'first'),
  at(COMPLETE, batchTwoParts),
];

export const LARGE_PLACES: readonly Place[] = [
  at(DESTINATION_LOOK, twoPartsNew, 'first'),
  at(SOURCE_LOOK, twoPartsNew, 'first'),
  at(CREATE, twoPartsNew),
  at(READ, twoPartsNew, 'first'),
  at(READ, twoPartsNew, 'last', 1),
  at(PART, twoPartsNew, 'first'),
  at(PART, twoPartsNew, 'last', 1),
  at(DESTINATION_LOOK, twoPartsNew, 'last', 1),
  at(SOURCE_LOOK, twoPartsNew, 'last', 1),
  at(COMPLETE, twoPartsNew),
];

export const MIDDLE_PLACES: readonly Place[] = [
  at(READ, threePartsNew, 'middle', 1),
  at(PART, threePartsNew, 'middle', 1),
];

export const LARGE_REPLACED_PLACES: readonly Place[] = [
  at(DESTINATION_LOOK, twoPartsReplaced, 'last', 1),
  at(COMPLETE, twoPartsReplaced),
  at(SOURCE_LOOK, twoPartsReplaced, 'look back', 2),
];

export const RESUMED_PLACES: readonly Place[] = [
  at(LIST_PARTS, resumed),
  at(READ, resumed),
  at(PART, resumed),
  at(COMPLETE, resumed),
];

export const OUTDATED_PLACES: readonly Place[] = [at(ABORT, outdated)];

export const UNNAMED_PLACES: readonly Place[] = [at(LIST_PARTS, unnamed), at(ABORT, unnamed)];

/** A listing of uploads is of the bucket: its faults strike whoever asks, so these are played one by one. */
export const LISTED_PLACES: readonly Place[] = [at(LIST_UPLOADS, unnamed)];

export const LISTING_PLACE: Place = at(LIST_OBJECTS, batchNew);

/** Writes that may take effect after the worker has given them up. */
export const LATE_PLACES: readonly Place[] = [
  at(PUT, tinyNew),
  at(PUT, smallReplaced),
  at(CREATE, twoPartsNew),
  at(PART, twoPartsNew, 'first'),
  at(COMPLETE, twoPartsNew),
  at(COMPLETE, twoPartsReplaced),
];
