// What tests put something else in the place of: hosts that this machine may not reach, a disk, and how long is waited.

import { statfs } from 'node:fs/promises';

export interface DoctorSeams {
  /** OSS's own endpoints of a region. */
  readonly ossEndpoints: (region: string) => readonly NamedEndpoint[];
  /** Of Function Compute's API; undefined: the region's and account's own. */
  readonly fcBaseUrl: string | undefined;
  /** Of the file system that a folder lies on: Linux's number of its type, and what is free for this user. */
  readonly disk: (folder: string) => Promise<{ readonly type: number; readonly freeBytes: number }>;
  /** How long a probe message is waited for. */
  readonly arrivalSeconds: number;
  /** How long bandwidth is measured at most. */
  readonly bandwidthSeconds: number;
  /** The clock of this machine. */
  readonly now: () => number;
}

export interface NamedEndpoint {
  readonly name: 'public' | 'internal' | 'accelerate' | 'custom';
  readonly url: URL;
}

/** https://www.alibabacloud.com/help/en/oss/user-guide/regions-and-endpoints, …/access-oss-using-transfer-acceleration */
function ossEndpoints(region: string): readonly NamedEndpoint[] {
  return [
    { name: 'public', url: new URL(`https://oss-${region}.aliyuncs.com`) },
    { name: 'internal', url: new URL(`https://oss-${region}-internal.aliyuncs.com`) },
    { name: 'accelerate', url: new URL('https://oss-accelerate.aliyuncs.com') },
  ];
}

const ARRIVAL_SECONDS = 8;
const BANDWIDTH_SECONDS = 3;

export const REAL_SEAMS: DoctorSeams = {
  ossEndpoints,
  fcBaseUrl: undefined,
  disk: async folder => {
    const { type, bavail, bsize } = await statfs(folder);
    return { type, freeBytes: bavail * bsize };
  },
  arrivalSeconds: ARRIVAL_SECONDS,
  bandwidthSeconds: BANDWIDTH_SECONDS,
  now: Date.now,
};
