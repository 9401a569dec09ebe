// What the containers of a test stand on: the local cloud in this process, where they can reach it.

import { type Bridge, startBridge } from '../acceptance/bridge.ts';
import { HOST_NAME, hostAddress } from './engine.ts';

export type StageOptions = NonNullable<Parameters<typeof startBridge>[0]>;

/** Its cloud's `environment` is for containers. */
export async function startStage(options: StageOptions = {}): Promise<Bridge> {
  return await startBridge({ ...options, host: await hostAddress(), advertisedHost: HOST_NAME });
}
