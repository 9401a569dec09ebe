// Under a KMS key an ETag is no MD5 of the bytes: it names a version and nothing else. Both tables hold all the same, and another tool's object is
// never found equal by its ETag. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html (ETag)

import { destinationPlays } from '../acceptance/moving-destination-plays.ts';
import {
  BEFORE_THE_LOOK_BACK,
  BEFORE_THE_WRITE,
  BETWEEN_THE_LAST_LOOKS,
  WHILE_QUEUED,
} from '../acceptance/moving-moments.ts';
import { backfilled, SCENES, sourceChanges, sourcePlays } from '../acceptance/moving-source-plays.ts';
import { testPlays } from '../acceptance/play-all.ts';

const { tinyCreated, smallReplaced, twoPartsReplaced } = SCENES;
const changes = sourceChanges('overwritten and put back', 'given other metadata by UpdateObjectMeta');

testPlays(
  'with KMS, an object that is',
  [
    ...sourcePlays(smallReplaced, { changes }),
    ...destinationPlays(tinyCreated),
    ...destinationPlays(backfilled(smallReplaced), { moments: [WHILE_QUEUED, BEFORE_THE_WRITE, BEFORE_THE_LOOK_BACK] }),
    ...destinationPlays(twoPartsReplaced, { moments: [WHILE_QUEUED, BETWEEN_THE_LAST_LOOKS] }),
  ],
  { kms: true },
);
