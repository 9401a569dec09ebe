// Which changes of the source are played in which scenes and at which moments.

import {
  BEFORE_THE_ANSWER,
  BEFORE_THE_LAST_LOOKS,
  BEFORE_THE_LOOK_BACK,
  BEFORE_THE_READ,
  BEFORE_THE_WRITE,
  BETWEEN_PARTS,
  BETWEEN_THE_LAST_LOOKS,
  IN_A_BODY_THAT_BREAKS,
  IN_THE_BODY,
  type Moment,
  WHILE_QUEUED,
} from './moving-moments.ts';
import { type Play, play } from './moving-play.ts';
import { SOURCE_CHANGES, type SourceChange } from './moving-source-changes.ts';
import { expectSourceEnd } from './moving-source-verdict.ts';
import { isLarge, LARGE_BYTES, type Scene, SMALL_BYTES, TINY_BYTES, TWO_PARTS_BYTES } from './moving-stage.ts';
import type { NamedPlay } from './play-all.ts';

const COMMON = { type: 'Normal', before: 'nothing', origin: 'live' } as const;
const REPLACED = { ...COMMON, before: 'another object' } as const;

export const SCENES = {
  tinyCreated: { ...COMMON, name: 'tiny and new', sizeBytes: TINY_BYTES },
  tinyReplaced: { ...REPLACED, name: 'tiny, in the place of another', sizeBytes: TINY_BYTES },
  smallReplaced: { ...REPLACED, name: 'small, in the place of another', sizeBytes: SMALL_BYTES },
  twoPartsCreated: { ...COMMON, name: 'two parts large and new', sizeBytes: TWO_PARTS_BYTES },
  twoPartsReplaced: { ...REPLACED, name: 'two parts large, in the place of another', sizeBytes: TWO_PARTS_BYTES },
  largeReplaced: { ...REPLACED, name: 'large, in the place of another', sizeBytes: LARGE_BYTES },
} as const satisfies Record<string, Scene>;

export function backfilled(scene: Scene): Scene {
  return { ...scene, name: `${scene.name}, in a backfill`, origin: 'backfill' };
}

export function appendable(scene: Scene): Scene {
  return { ...scene, name: `${scene.name}, appendable`, type: 'Appendable' };
}

const SMALL_MOMENTS = [
  WHILE_QUEUED,
  BEFORE_THE_READ,
  IN_THE_BODY,
  IN_A_BODY_THAT_BREAKS,
  BEFORE_THE_WRITE,
  BEFORE_THE_ANSWER,
];
const LARGE_MOMENTS = [
  WHILE_QUEUED,
  BEFORE_THE_READ,
  IN_A_BODY_THAT_BREAKS,
  BETWEEN_PARTS,
  BEFORE_THE_LAST_LOOKS,
  BETWEEN_THE_LAST_LOOKS,
  BEFORE_THE_WRITE,
  BEFORE_THE_ANSWER,
];

/** All that a scene has. The first look at a tiny object that may be new is its read. */
export function momentsOf(scene: Scene): readonly Moment[] {
  const isTiny = scene.sizeBytes === TINY_BYTES;
  const moments = isLarge(scene)
    ? LARGE_MOMENTS
    : SMALL_MOMENTS.filter(moment => !isTiny || moment !== BEFORE_THE_READ);
  return scene.before === 'nothing' ? moments : [...moments, BEFORE_THE_LOOK_BACK];
}

interface SourcePlay {
  readonly scene: Scene;
  readonly change: SourceChange;
  readonly moment: Moment;
  readonly events: Play['events'];
}

const TELLING = { late: '', 'at once': ', which is told at once', first: ', and so copied by another transfer' };

/** Of the changes with these names. */
export function sourceChanges(...names: readonly string[]): readonly SourceChange[] {
  return names.map(name => {
    const found = SOURCE_CHANGES.find(change => change.name === name);
    if (found === undefined) throw new Error(`No change is called ${name}.`);
    return found;
  });
}

function sourcePlay({ scene, change, moment, events }: SourcePlay): NamedPlay {
  return {
    name: `${scene.name}, is ${change.name} ${moment.name}${TELLING[events]}`,
    run: async (bridge, key) => {
      const staged: Play = { key, scene, moment, events, happen: stage => change.change(stage) };
      expectSourceEnd(change.end, await play(bridge, staged), staged);
    },
  };
}

/** Every change that suits the scene, at every one of the moments. */
export function sourcePlays(
  scene: Scene,
  {
    moments = momentsOf(scene),
    changes = SOURCE_CHANGES,
    events = 'late',
  }: {
    readonly moments?: readonly Moment[];
    readonly changes?: readonly SourceChange[];
    readonly events?: Play['events'];
  } = {},
): readonly NamedPlay[] {
  const suitable = changes.filter(({ suits, end }) => {
    // Of what is not told, or fails, nothing can be waited for.
    return (suits?.(scene) ?? true) && (events !== 'first' || end === 'equal');
  });
  return suitable.flatMap(change => moments.map(moment => sourcePlay({ scene, change, moment, events })));
}
