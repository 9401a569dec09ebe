// The simulation has teeth: every known shortcut, built into a copy of the real source, is found.

import { expect, test } from 'vitest';
import { BROKEN_PROMISE } from '../run-schedule.ts';
import { runSimulation } from '../run-simulation.ts';
import { makeShortcutTree } from '../shortcut-tree.ts';
import { SHORTCUTS } from '../shortcuts.ts';

const TIMEOUT_MILLISECONDS = 300_000;

test.each(SHORTCUTS)(
  'is found: $name',
  async shortcut => {
    const tree = await makeShortcutTree(shortcut);
    try {
      const { within, profile } = shortcut;
      const options = ['--from', '1', '--count', String(within), '--failures', '1'];
      if (profile !== undefined) options.push('--profile', profile);
      const { exitCode, output } = await runSimulation(options, tree.script);
      expect(exitCode, output).toBe(1);
      // Not by an error in the copy.
      expect(output).toContain(BROKEN_PROMISE);
    } finally {
      await tree.remove();
    }
  },
  TIMEOUT_MILLISECONDS,
);
