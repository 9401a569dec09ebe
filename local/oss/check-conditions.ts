// If-Match and its kin on GET and HEAD, and (with `x-oss-copy-source-` in front) on copies.
// https://www.alibabacloud.com/help/en/oss/developer-reference/getobject

export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

export interface ConditionSubject {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

export type ConditionVerdict = { kind: 'pass' } | { kind: 'not-modified' } | { kind: 'failed'; condition: string };

/** ETags may be given with or without quotes; several are separated by commas. Dates that can't be read are ignored. */
export function checkConditions(conditions: Conditions, subject: ConditionSubject): ConditionVerdict {
  const seconds = Math.floor(subject.lastModified.getTime() / 1000);
  const since = (text: string | undefined) => (text === undefined ? Number.NaN : Math.floor(Date.parse(text) / 1000));
  if (conditions.ifMatch !== undefined && !includesEtag(conditions.ifMatch, subject.etag)) {
    return { kind: 'failed', condition: 'If-Match' };
  }
  if (seconds > since(conditions.ifUnmodifiedSince)) return { kind: 'failed', condition: 'If-Unmodified-Since' };
  if (conditions.ifNoneMatch !== undefined) {
    return includesEtag(conditions.ifNoneMatch, subject.etag) ? { kind: 'not-modified' } : { kind: 'pass' };
  }
  return seconds <= since(conditions.ifModifiedSince) ? { kind: 'not-modified' } : { kind: 'pass' };
}

function includesEtag(list: string, etag: string): boolean {
  return list.split(',').some(item => {
    const wanted = item.trim().replace(/^"(.*)"$/, '$1');
    return wanted === '*' || wanted === etag;
  });
}
