import { LOCAL, type LocalCloud } from './local-cloud.ts';
import type { FolderObjectStore } from './store/folder-object-store.ts';

const WATCH_INTERVAL_MILLISECONDS = 1_000;

/** Files that appear or change in the folder are what an upload is in OSS. Returns when the signal is aborted. */
export async function fireFolderEvents(options: {
  readonly source: FolderObjectStore;
  readonly cloud: Pick<LocalCloud, 'oss'>;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { source, cloud, signal } = options;
  await source.watch({
    intervalMilliseconds: WATCH_INTERVAL_MILLISECONDS,
    signal,
    onChange: async key => {
      const object = await source.find(key);
      if (object !== undefined) cloud.oss.fireCreated(LOCAL.ossBucket, object);
    },
  });
}
