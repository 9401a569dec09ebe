// An object that changes at the source while it is moved, in every way, at the moments that matter most. In the end the destination is the source's
// last version, or it is said why not; and whatever the worker made visible on the way was one whole version. test/faults has all combinations.

import {
  BEFORE_THE_ANSWER,
  BEFORE_THE_LOOK_BACK,
  BEFORE_THE_WRITE,
  BETWEEN_PARTS,
  BETWEEN_THE_LAST_LOOKS,
  IN_A_BODY_THAT_BREAKS,
  IN_THE_BODY,
  WHILE_QUEUED,
} from './moving-moments.ts';
import { appendable, backfilled, SCENES, sourceChanges, sourcePlays } from './moving-source-plays.ts';
import { testPlays } from './play-all.ts';

const { tinyCreated, smallReplaced, twoPartsCreated, twoPartsReplaced, largeReplaced } = SCENES;

testPlays('a source object that is', [
  ...sourcePlays(tinyCreated, { moments: [WHILE_QUEUED, IN_A_BODY_THAT_BREAKS, BEFORE_THE_ANSWER] }),
  ...sourcePlays(smallReplaced, { moments: [IN_THE_BODY, BEFORE_THE_LOOK_BACK] }),
  ...sourcePlays(tinyCreated, { moments: [BEFORE_THE_WRITE], events: 'first' }),
  ...sourcePlays(backfilled(smallReplaced), { moments: [BEFORE_THE_WRITE] }),
  ...sourcePlays(appendable(smallReplaced), {
    moments: [IN_THE_BODY, BEFORE_THE_WRITE],
    changes: sourceChanges('appended to', 'truncated'),
  }),
  ...sourcePlays(twoPartsCreated, {
    moments: [BETWEEN_PARTS],
    changes: sourceChanges(
      'overwritten by one of another kind of size',
      'overwritten, and put back when the destination is looked at next,',
      'deleted',
      'archived by a lifecycle rule',
      'closed to the worker',
    ),
  }),
  ...sourcePlays(twoPartsCreated, {
    moments: [BETWEEN_THE_LAST_LOOKS],
    changes: sourceChanges('overwritten in the same size', 'given other metadata by UpdateObjectMeta'),
  }),
  ...sourcePlays(appendable(twoPartsReplaced), {
    moments: [BETWEEN_PARTS, BETWEEN_THE_LAST_LOOKS, BEFORE_THE_WRITE],
    changes: sourceChanges('appended to'),
  }),
  ...sourcePlays(largeReplaced, {
    moments: [BETWEEN_PARTS, BEFORE_THE_LOOK_BACK],
    changes: sourceChanges('overwritten in the same size'),
  }),
]);
