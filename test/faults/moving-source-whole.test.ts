// All changes of the source at all moments. Left out is what cannot differ: until the end of an upload nothing has touched the destination, so what was
// there before makes no difference; a backfill reads and writes large objects as a live event does, and is played at two moments alone; and where
// events arrive at once, it is between parts, at the write and at the look back that a second transfer of the key is met.

import {
  atRequest,
  BEFORE_THE_ANSWER,
  BEFORE_THE_LAST_LOOKS,
  BEFORE_THE_LOOK_BACK,
  BEFORE_THE_WRITE,
  BETWEEN_PARTS,
  BETWEEN_THE_LAST_LOOKS,
  IN_A_BODY_THAT_BREAKS,
  IN_THE_BODY,
  WHILE_QUEUED,
} from '../acceptance/moving-moments.ts';
import { appendable, backfilled, SCENES, sourceChanges, sourcePlays } from '../acceptance/moving-source-plays.ts';
import { testPlays } from '../acceptance/play-all.ts';

const { tinyCreated, tinyReplaced, smallReplaced, twoPartsCreated, twoPartsReplaced } = SCENES;
/** Read, write that is refused, both looks, read, write, look back. */
const REQUESTS_OF_TINY_REPLACED = 7;
const EVERY_REQUEST = Array.from({ length: REQUESTS_OF_TINY_REPLACED }, (_, number) => atRequest(number, 'before'));
const AT_THE_END = [BEFORE_THE_LAST_LOOKS, BETWEEN_THE_LAST_LOOKS, BEFORE_THE_WRITE];
const GROWING = sourceChanges('appended to', 'truncated', 'overwritten in the same size', 'deleted and made again');

testPlays('a source object that is', [
  ...sourcePlays(tinyReplaced, { moments: EVERY_REQUEST }),
  ...sourcePlays(smallReplaced),
  ...sourcePlays(backfilled(smallReplaced)),
  ...sourcePlays(backfilled(tinyCreated), { moments: [IN_THE_BODY, BEFORE_THE_WRITE] }),
  ...sourcePlays(smallReplaced, { moments: [IN_THE_BODY, BEFORE_THE_WRITE], events: 'at once' }),
  ...sourcePlays(appendable(tinyCreated), { changes: GROWING }),
  ...sourcePlays(appendable(smallReplaced), { changes: GROWING }),
  ...sourcePlays(twoPartsCreated, { moments: [...AT_THE_END, BEFORE_THE_ANSWER] }),
  ...sourcePlays(twoPartsReplaced, {
    moments: [
      WHILE_QUEUED,
      IN_A_BODY_THAT_BREAKS,
      BETWEEN_PARTS,
      BEFORE_THE_WRITE,
      BEFORE_THE_ANSWER,
      BEFORE_THE_LOOK_BACK,
    ],
  }),
  ...sourcePlays(twoPartsReplaced, { moments: [BEFORE_THE_WRITE], events: 'at once' }),
  ...sourcePlays(tinyCreated, { events: 'first' }),
  ...sourcePlays(smallReplaced, { events: 'first' }),
  ...sourcePlays(backfilled(smallReplaced), { moments: [IN_THE_BODY, BEFORE_THE_WRITE], events: 'first' }),
  ...sourcePlays(twoPartsCreated, { moments: [BETWEEN_PARTS, BEFORE_THE_WRITE], events: 'first' }),
  ...sourcePlays(backfilled(twoPartsReplaced), { moments: [IN_THE_BODY, BEFORE_THE_ANSWER] }),
  ...sourcePlays(appendable(twoPartsReplaced), { changes: sourceChanges('appended to', 'truncated') }),
]);
