// Conditions on reads (If-Match, If-None-Match, and their dates) and on writes, where S3 takes only an ETag to match or "nothing there".
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html

import type { Accept, StoredObject } from '../store/object-store.ts';
import { headerOf, type S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';

function etagsOf(header: string): string[] {
  return header.split(',').map(part => part.trim().replace(/^"(.*)"$/, '$1'));
}

export function matchesEtag(header: string, etag: string): boolean {
  const etags = etagsOf(header);
  return etags.includes('*') || etags.includes(etag);
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', { details: { Condition: condition } });
}

function notImplemented(header: string): S3Error {
  return new S3Error('NotImplemented', { details: { Header: header } });
}

/**
 * To be handed to the commit. Refuses with PreconditionFailed, or NoSuchKey when there is nothing for If-Match to match.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function writeConditions(call: S3Call): Accept {
  const ifMatch = headerOf(call, 'if-match');
  const ifNoneMatch = headerOf(call, 'if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw notImplemented('If-None-Match');
  if (ifMatch === '*') throw notImplemented('If-Match');
  for (const header of ['if-modified-since', 'if-unmodified-since']) {
    if (headerOf(call, header) !== undefined) throw notImplemented(header);
  }
  return current => {
    if (ifNoneMatch !== undefined && current !== undefined) throw failed('If-None-Match');
    if (ifMatch === undefined) return;
    if (current === undefined) throw new S3Error('NoSuchKey');
    if (!matchesEtag(ifMatch, current.etag)) throw failed('If-Match');
  };
}

/** A delete takes `*` too; a condition on a missing object is NoSuchKey, without one it is no error. */
export function deleteConditions(ifMatch: string | undefined): Accept {
  return current => {
    if (ifMatch === undefined) return;
    if (current === undefined) throw new S3Error('NoSuchKey');
    if (!matchesEtag(ifMatch, current.etag)) throw failed('If-Match');
  };
}

/** A date that isn't one is no condition. */
function dateOf(header: string | undefined): number | undefined {
  const time = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(time) ? undefined : time;
}

export interface ReadConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/** `prefix` is `x-amz-copy-source-` for the source of a copy. */
export function readConditions(call: S3Call, prefix = ''): ReadConditions {
  return {
    ifMatch: headerOf(call, `${prefix}if-match`),
    ifNoneMatch: headerOf(call, `${prefix}if-none-match`),
    ifModifiedSince: headerOf(call, `${prefix}if-modified-since`),
    ifUnmodifiedSince: headerOf(call, `${prefix}if-unmodified-since`),
  };
}

/** RFC 7232, section 6: an ETag condition that is there makes its date condition void. */
export function evaluateRead(object: StoredObject, conditions: ReadConditions): 'ok' | 'not-modified' | 'failed' {
  const { ifMatch, ifNoneMatch } = conditions;
  const modifiedAt = Math.floor(object.lastModified.getTime() / 1000) * 1000;
  const unmodifiedSince = dateOf(conditions.ifUnmodifiedSince);
  const modifiedSince = dateOf(conditions.ifModifiedSince);
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, object.etag)) return 'failed';
  } else if (unmodifiedSince !== undefined && modifiedAt > unmodifiedSince) return 'failed';
  if (ifNoneMatch !== undefined) return matchesEtag(ifNoneMatch, object.etag) ? 'not-modified' : 'ok';
  return modifiedSince !== undefined && modifiedAt <= modifiedSince ? 'not-modified' : 'ok';
}
