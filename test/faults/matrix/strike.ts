// Puts a fault of the matrix in force.

import type { FaultKind } from './fault-kinds.ts';
import type { MatrixBridge } from './matrix-bridge.ts';
import type { Place } from './places.ts';

export type Lasting = 'once' | 'three times' | 'until healed';

const TIMES: Readonly<Record<Lasting, { readonly times?: number }>> = {
  once: { times: 1 },
  'three times': { times: 3 },
  'until healed': {},
};
/** Of the bucket: no key is named. */
const LISTINGS: readonly string[] = ['ListMultipartUploads', 'ListObjectsV2'];

export interface AddedFault {
  readonly struck: () => number;
  readonly heal: () => void;
}

export function addFault(
  { cloud, bareAnswers }: MatrixBridge,
  options: {
    readonly place: Place;
    readonly kind: FaultKind;
    readonly lasting: Lasting;
    readonly key: string;
  },
): AddedFault {
  const { place, kind, lasting } = options;
  const { service, skip } = place;
  const key = LISTINGS.includes(place.operation) ? undefined : options.key;
  const rule = { service, operation: [...place.operations], skip, ...TIMES[lasting] };
  const fault = typeof kind.fault === 'function' ? kind.fault(place) : kind.fault;
  if (fault.kind === 'bare') {
    const added = bareAnswers.add({ ...rule, key, status: fault.status });
    return { struck: added.struck, heal: added.remove };
  }
  const id = cloud.faults.add({ ...rule, ...(key === undefined ? {} : { key }), fault });
  return { struck: () => cloud.faults.find(id)?.struck ?? 0, heal: () => void cloud.faults.remove(id) };
}
