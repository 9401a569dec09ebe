// An object that other tools, rules and policies change at the destination while it is moved there. What the worker meets afterwards is put right or
// said to have failed; another tool's object is never taken for ours. test/faults has all combinations.

import { destinationPlays } from './moving-destination-plays.ts';
import { BEFORE_THE_LOOK_BACK, BEFORE_THE_READ, BEFORE_THE_WRITE, BETWEEN_PARTS } from './moving-moments.ts';
import { backfilled, SCENES } from './moving-source-plays.ts';
import { testPlays } from './play-all.ts';

const { tinyCreated, smallReplaced, twoPartsReplaced } = SCENES;

testPlays('a destination object that is', [
  ...destinationPlays(tinyCreated),
  ...destinationPlays(smallReplaced, { moments: [BEFORE_THE_READ, BEFORE_THE_WRITE, BEFORE_THE_LOOK_BACK] }),
  ...destinationPlays(backfilled(smallReplaced), { moments: [BEFORE_THE_WRITE] }),
  ...destinationPlays(twoPartsReplaced, { moments: [BETWEEN_PARTS, BEFORE_THE_WRITE] }),
]);
