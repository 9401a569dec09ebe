// All changes of the destination at all moments. Left out is what cannot differ: a backfill reads and writes large objects as a live event does; and until
// the end of an upload nothing has touched the destination.

import { destinationPlays } from '../acceptance/moving-destination-plays.ts';
import {
  atRequest,
  BEFORE_THE_ANSWER,
  BEFORE_THE_WRITE,
  BETWEEN_THE_LAST_LOOKS,
} from '../acceptance/moving-moments.ts';
import { backfilled, SCENES } from '../acceptance/moving-source-plays.ts';
import { testPlays } from '../acceptance/play-all.ts';

const { tinyCreated, tinyReplaced, smallReplaced, twoPartsCreated, twoPartsReplaced } = SCENES;
/** Read, write that is refused, both looks, read, write, look back. */
const REQUESTS_OF_TINY_REPLACED = 7;
const EVERY_REQUEST = Array.from({ length: REQUESTS_OF_TINY_REPLACED }, (_, number) => atRequest(number, 'before'));

testPlays('a destination object that is', [
  ...destinationPlays(tinyReplaced, { moments: EVERY_REQUEST }),
  ...destinationPlays(backfilled(tinyCreated)),
  ...destinationPlays(backfilled(smallReplaced)),
  ...destinationPlays(twoPartsCreated, { moments: [BETWEEN_THE_LAST_LOOKS, BEFORE_THE_WRITE, BEFORE_THE_ANSWER] }),
  ...destinationPlays(twoPartsReplaced),
]);
