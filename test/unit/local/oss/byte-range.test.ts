import { describe, expect, it } from 'vitest';
import { decideRange } from '../../../../local/oss/byte-range.ts';

const WHOLE = 'whole';
const NONE = 'unsatisfiable';

describe('decideRange', () => {
  it.each([
    { range: undefined, size: 10, byDefault: WHOLE, standard: WHOLE },
    { range: 'bytes=0-0', size: 10, byDefault: '0-1', standard: '0-1' },
    { range: 'bytes=0-9', size: 10, byDefault: '0-10', standard: '0-10' },
    { range: 'bytes=3-', size: 10, byDefault: '3-10', standard: '3-10' },
    { range: 'bytes=-3', size: 10, byDefault: '7-10', standard: '7-10' },
    { range: 'bytes=5-10', size: 10, byDefault: WHOLE, standard: '5-10' },
    { range: 'bytes=10-', size: 10, byDefault: WHOLE, standard: NONE },
    { range: 'bytes=10-20', size: 10, byDefault: WHOLE, standard: NONE },
    { range: 'bytes=-11', size: 10, byDefault: WHOLE, standard: '0-10' },
    { range: 'bytes=-0', size: 10, byDefault: WHOLE, standard: NONE },
    { range: 'bytes=0-', size: 0, byDefault: WHOLE, standard: NONE },
    { range: 'bytes=-1', size: 0, byDefault: WHOLE, standard: NONE },
    { range: 'bytes=5-2', size: 10, byDefault: WHOLE, standard: WHOLE },
    { range: 'bytes=1-2,4-5', size: 10, byDefault: WHOLE, standard: WHOLE },
    { range: 'items=1-2', size: 10, byDefault: WHOLE, standard: WHOLE },
    { range: 'bytes=-', size: 10, byDefault: WHOLE, standard: WHOLE },
  ])(
    'takes $range of $size bytes for $byDefault, in the standard for $standard',
    ({ range, size, byDefault, standard }) => {
      const name = (isStandard: boolean) => {
        const decision = decideRange({ range, sizeBytes: size, isStandard });
        return decision.kind === 'part' ? `${decision.start}-${decision.end}` : decision.kind;
      };
      expect([name(false), name(true)]).toEqual([byDefault, standard]);
    },
  );
});
