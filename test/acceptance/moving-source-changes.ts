// What people, applications and rules do to a source object while it is being moved, and how the key may end.

import { LOCAL } from '../../local/local-cloud.ts';
import { OssError } from '../../local/oss/oss-error.ts';
import {
  appendSource,
  bytesOf,
  isLarge,
  putSource,
  type Scene,
  SMALL_BYTES,
  type Stage,
  TWO_PARTS_BYTES,
} from './moving-stage.ts';

export type SourceEnd = 'equal' | 'gone' | 'archived' | 'denied';

export interface SourceChange {
  readonly name: string;
  readonly end: SourceEnd;
  /** Left out: all. */
  readonly suits?: (scene: Scene) => boolean;
  change(stage: Stage): Promise<void>;
}

const isNormal = ({ type }: Scene) => type === 'Normal';

export const SOURCE_CHANGES: readonly SourceChange[] = [
  {
    name: 'overwritten in the same size',
    end: 'equal',
    change: stage => putSource(stage, 'second', bytesOf('second', stage.scene.sizeBytes)),
  },
  {
    name: 'overwritten by one of another kind of size',
    end: 'equal',
    change: stage =>
      putSource(stage, 'second', bytesOf('second', isLarge(stage.scene) ? SMALL_BYTES : TWO_PARTS_BYTES)),
  },
  {
    name: 'appended to',
    end: 'equal',
    suits: ({ type }) => type === 'Appendable',
    change: stage => appendSource(stage, bytesOf('appended', 1000), stage.scene.sizeBytes),
  },
  {
    name: 'truncated',
    end: 'equal',
    change: stage => putSource(stage, 'cut', bytesOf('first', stage.scene.sizeBytes).subarray(0, 777)),
  },
  {
    name: 'emptied',
    end: 'equal',
    change: stage => putSource(stage, 'empty', Buffer.alloc(0)),
  },
  { name: 'deleted', end: 'gone', change: remove },
  {
    name: 'deleted and made again',
    end: 'equal',
    async change(stage) {
      await remove(stage);
      await putSource(stage, 'second', bytesOf('second', stage.scene.sizeBytes));
    },
  },
  { name: 'archived by a lifecycle rule', end: 'archived', change: archive },
  { name: 'closed to the worker', end: 'denied', change: deny },
  {
    name: 'given other metadata by CopyObject onto itself',
    end: 'equal',
    suits: isNormal,
    async change({ oss, key }) {
      const headers = { 'x-oss-metadata-directive': 'REPLACE', 'Content-Type': 'text/described' };
      await oss.copy(key, key, { headers, meta: { uid: 0, pid: 0, version: 'described' } });
    },
  },
  {
    name: 'given other metadata by UpdateObjectMeta',
    end: 'equal',
    async change({ bridge, key }) {
      const object = await bridge.source.find(key);
      if (object === undefined) throw new Error('There is nothing to describe.');
      await bridge.source.describe(key, { ...object, metadata: { version: 'updated' } });
      await bridge.fire(key, 'ObjectModified:UpdateObjectMeta');
    },
  },
  {
    name: 'overwritten and put back',
    end: 'equal',
    suits: isNormal,
    async change(stage) {
      await putSource(stage, 'second', bytesOf('second', stage.scene.sizeBytes));
      await putSource(stage, 'first', bytesOf('first', stage.scene.sizeBytes));
    },
  },
  {
    name: 'overwritten, and put back when the destination is looked at next,',
    end: 'equal',
    suits: scene => isNormal(scene) && isLarge(scene),
    async change(stage) {
      const { source } = stage.bridge;
      const first = await source.find(stage.key);
      await putSource(stage, 'second', bytesOf('second', stage.scene.sizeBytes));
      let isPutBack = false;
      stage.answerWith(async ({ service, operation }) => {
        if (isPutBack || service !== 's3' || operation !== 'HeadObject') return;
        isPutBack = true;
        // Within one second, which is as fine as OSS tells the time: nothing but the bytes that were read tells of it.
        const putBack = () => putSource(stage, 'first', bytesOf('first', stage.scene.sizeBytes));
        await source.asOf(first?.lastModified ?? new Date(), putBack);
      });
    },
  },
];

async function remove({ oss, key }: Stage): Promise<void> {
  await oss.delete(key);
}

/** The class changes, nothing else does, and no event tells of it. */
async function archive({ bridge, key }: Stage): Promise<void> {
  const object = await bridge.source.find(key);
  if (object === undefined) throw new Error('There is nothing to archive.');
  const attributes = { ...object.attributes, 'storage-class': 'Archive' };
  await bridge.source.describe(key, { ...object, attributes }, { keepLastModified: true });
}

async function deny({ answerWith }: Stage): Promise<void> {
  answerWith(({ service }) => {
    if (service !== 'oss') return;
    const elements = { BucketName: LOCAL.ossBucket };
    throw new OssError({ status: 403, code: 'AccessDenied', message: 'You have no right to access.', elements });
  });
}
