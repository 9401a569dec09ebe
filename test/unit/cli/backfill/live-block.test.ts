import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redraw } from '../../../../cli/backfill/live-block.ts';
import { createFakeTerminal } from '../../../fakes/terminal.ts';

const line = fc
  .string({ unit: fc.constantFrom('a', 'b', ' ', '#'), maxLength: 250, size: 'max' })
  .map(text => text.trimEnd());
const drawings = fc.array(
  fc.record({ columns: fc.integer({ min: 20, max: 200 }), lines: fc.array(line, { minLength: 1, maxLength: 6 }) }),
  { minLength: 1, maxLength: 8 },
);

describe('a block of lines', () => {
  it('stands below what was there before, and nothing of earlier drawings is left, whatever the widths', () => {
    fc.assert(
      fc.property(drawings, steps => {
        const terminal = createFakeTerminal(steps[0]?.columns ?? 80);
        terminal.write('$ bridge\n');
        let before: readonly string[] = [];
        for (const { columns, lines } of steps) {
          terminal.resize(columns);
          const fitting = lines.map(text => text.slice(0, columns - 1).trimEnd());
          terminal.write(redraw(before, fitting, columns));
          before = fitting;
          expect(terminal.rows().slice(1)).toEqual(withoutEmptyEnd(fitting));
          expect(terminal.rows()[0]).toBe('$ bridge');
        }
      }),
    );
  });

  it('is gone when nothing is drawn, and what follows takes its place', () => {
    const terminal = createFakeTerminal(20);
    terminal.write('$ bridge\n');
    terminal.write(redraw([], ['one', 'two'], 20));
    terminal.write(redraw(['one', 'two'], [], 20));
    terminal.write('done\n');
    expect(terminal.rows()).toEqual(['$ bridge', 'done']);
  });

  it('is written over, and cleared behind what is written: nothing flickers', () => {
    expect(redraw(['one', 'two', 'three'], ['1', '2'], 20)).toBe('\r\u001b[2A1\u001b[K\n2\u001b[K\u001b[J');
  });

  it('takes wide characters for two columns', () => {
    expect(redraw(['西湖西湖西湖'], ['x'], 8)).toMatch(/^\r\u001b\[1A/);
  });
});

function withoutEmptyEnd(lines: readonly string[]): readonly string[] {
  const end = lines.findLastIndex(text => text !== '');
  return lines.slice(0, end + 1);
}
