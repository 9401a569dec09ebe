// What a Range header means to OSS. By default anything out of bounds is ignored and the whole object comes with a 200; only with
// `x-oss-range-behavior: standard` it is clipped (206) or refused (416).
// https://www.alibabacloud.com/help/en/oss/developer-reference/getobject

export type RangeDecision =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

export interface RangeRequest {
  /** The header, if there is one. */
  readonly range: string | undefined;
  readonly sizeBytes: number;
  readonly isStandard: boolean;
}

/** `end` is exclusive. */
export function decideRange({ range, sizeBytes, isStandard }: RangeRequest): RangeDecision {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return { kind: 'whole' };
  if (first === '') return decideSuffix(Number(last), { sizeBytes, isStandard });
  const start = Number(first);
  const wanted = last === '' ? Math.max(sizeBytes - 1, start) : Number(last);
  if (wanted < start) return { kind: 'whole' };
  if (wanted < sizeBytes) return { kind: 'part', start, end: wanted + 1 };
  if (!isStandard) return { kind: 'whole' };
  return start < sizeBytes ? { kind: 'part', start, end: sizeBytes } : { kind: 'unsatisfiable' };
}

function decideSuffix(lengthBytes: number, request: Omit<RangeRequest, 'range'>): RangeDecision {
  const { sizeBytes, isStandard } = request;
  if (lengthBytes > 0 && lengthBytes <= sizeBytes)
    return { kind: 'part', start: sizeBytes - lengthBytes, end: sizeBytes };
  if (!isStandard) return { kind: 'whole' };
  return lengthBytes === 0 || sizeBytes === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', start: 0, end: sizeBytes };
}
