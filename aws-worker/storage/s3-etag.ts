// ETags are bare in the domain and quoted on the wire. https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3

import type { WriteCondition } from '../transfer/object-destination.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function conditionHeader(condition: WriteCondition): Record<string, string> {
  return condition.kind === 'empty' ? { 'if-none-match': '*' } : { 'if-match': withQuotes(condition.etag) };
}

export function withQuotes(etag: string): string {
  return `"${etag}"`;
}

export function withoutQuotes(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}
