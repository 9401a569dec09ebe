// Which changes of the destination are played in which scenes and at which moments.

import { DESTINATION_CHANGES, type DestinationChange } from './moving-destination-changes.ts';
import { expectDestinationEnd } from './moving-destination-verdict.ts';
import type { Moment } from './moving-moments.ts';
import { type Play, play } from './moving-play.ts';
import { momentsOf } from './moving-source-plays.ts';
import type { Scene, Stage } from './moving-stage.ts';
import type { NamedPlay } from './play-all.ts';

/** Every change that suits the scene, at every one of the moments. */
export function destinationPlays(
  scene: Scene,
  {
    moments = momentsOf(scene).filter(({ breaksBody = false }) => !breaksBody),
    changes = DESTINATION_CHANGES,
  }: { readonly moments?: readonly Moment[]; readonly changes?: readonly DestinationChange[] } = {},
): readonly NamedPlay[] {
  return changes.flatMap(change =>
    moments
      .filter(moment => change.suits?.(scene, moment) ?? true)
      .map(moment => destinationPlay(scene, change, moment)),
  );
}

function destinationPlay(scene: Scene, { name, end, change }: DestinationChange, moment: Moment): NamedPlay {
  return {
    name: `${scene.name}, is ${name} ${moment.name}`,
    run: async (bridge, key) => {
      // What fails for good is put right by a person.
      const tellAgain = end === 'refused' ? {} : { tellAgain: touchSource };
      const staged: Play = { key, scene, moment, events: 'late', happen: change, ...tellAgain };
      // Where ETags are no MD5s, the same bytes cannot be told by them.
      const expected = end === 'equal bytes' && bridge.isKms ? 'equal' : end;
      expectDestinationEnd(expected, await play(bridge, staged));
    },
  };
}

/** What was changed behind the worker's back is put right by whatever tells of the key next. */
async function touchSource({ bridge, key }: Stage): Promise<void> {
  await bridge.fire(key, 'ObjectModified:UpdateObjectMeta');
}
