import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CONFIG_ITEM, FUNCTION_ITEMS, WORKER_ITEMS } from '../../../../cli/doctor/items.ts';

it('docs/doctor.md has a row for each item, and for no other', () => {
  const text = readFileSync(new URL('../../../../docs/doctor.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| ((?:`[a-z0-9-]+`(?:, )?)+) \|/gm)].map(([, cell = '']) => cell);
  const named = rows.flatMap(cell => cell.split(', ').map(id => id.replaceAll('`', '')));
  const items = [CONFIG_ITEM, ...WORKER_ITEMS, ...FUNCTION_ITEMS].map(({ id }) => id);
  expect([...named].sort()).toEqual([...items].sort());
});
