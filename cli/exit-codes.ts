/**
 * - `failed`: the thing asked for did not succeed.
 * - `usage`: wrong arguments or environment; every fault was listed, and nothing was done.
 * - `differs`: it ended, and somebody has to look: resources with other settings, objects that failed.
 * - `cancelled`: by a signal.
 */
export const EXIT = { ok: 0, failed: 1, usage: 2, differs: 3, cancelled: 130 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
