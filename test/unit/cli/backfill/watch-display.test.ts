import { describe, expect, it } from 'vitest';
import type { BackfillBody } from '../../../../aws-worker/http/backfill-view.ts';
import type { Look } from '../../../../cli/backfill/progress-lines.ts';
import { createLineDisplay, createLiveDisplay } from '../../../../cli/backfill/watch-display.ts';
import { createFakeTerminal } from '../../../fakes/terminal.ts';
import { aBody } from './backfill-bodies.ts';

function lookAt(remaining: number, given: Partial<BackfillBody> = {}): Look {
  return {
    backfill: aBody(given, { objects: { found: 10, copied: 10 - remaining, remaining } }),
    pace: { objectsPerSecond: 1, bytesPerSecond: 0, etaSeconds: null },
    number: 0,
  };
}

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 4, 5, 6, seconds));

describe('lines, for a file', () => {
  function show(looks: readonly (readonly [seconds: number, look: Look])[], isJson = false): readonly string[] {
    let printed = '';
    const display = createLineDisplay({ stdout: text => (printed += text) }, { isJson });
    for (const [seconds, look] of looks) display.show(look, at(seconds));
    display.refresh();
    display.clear();
    display.end();
    return printed.split('\n').slice(0, -1);
  }
  const times = (lines: readonly string[]) => lines.map(line => line.slice(17, 19));

  it('come when something has changed, every ten seconds at most', () => {
    const lines = show([1, 2, 9, 11, 12, 25].map((seconds, index) => [seconds, lookAt(9 - index)]));
    expect(times(lines)).toEqual(['01', '11', '25']);
    expect(lines[0]).toMatch(/^2026-03-04T05:06:01\.000Z copying: 10\.0 %, 1 of 10 objects, /);
  });

  it('do not come while time alone passes', () => {
    const rates = { objectsPerSecond: 1, megabytesPerSecond: 1, etaSeconds: 7 };
    expect(
      times(
        show([
          [0, lookAt(9)],
          [20, lookAt(9)],
          [40, lookAt(9, rates)],
        ]),
      ),
    ).toEqual(['00']);
  });

  it('tell a new state at once', () => {
    const lines = show([
      [0, lookAt(9, { state: 'listing' })],
      [1, lookAt(8)],
      [2, lookAt(0, { state: 'done' })],
    ]);
    expect(lines.map(line => line.split(' ')[1])).toEqual(['listing:', 'copying:', 'done:']);
  });

  it('are the API’s own documents for programs, in ASCII', () => {
    const hostile = { prefix: '西湖\u001b[2J\u009b' };
    const lines = show(
      [
        [0, lookAt(9, hostile)],
        [10, lookAt(8, hostile)],
      ],
      true,
    );
    expect(lines.map(line => JSON.parse(line))).toEqual([lookAt(9, hostile).backfill, lookAt(8, hostile).backfill]);
    for (const line of lines) expect(line).toMatch(/^[\u0020-\u007e]*$/);
  });
});

describe('a terminal', () => {
  function openTerminal(columns: number) {
    const terminal = createFakeTerminal(columns);
    let writes = 0;
    const io = {
      stdout(text: string) {
        writes++;
        terminal.write(text);
      },
      get columns() {
        return terminal.columns;
      },
    };
    return { terminal, display: createLiveDisplay(io), writes: () => writes };
  }

  it('has the newest look alone, each drawn in one write', () => {
    const { terminal, display, writes } = openTerminal(60);
    display.show(lookAt(5, { state: 'listing' }), at(0));
    display.show(lookAt(5), at(1));
    expect(terminal.rows()).toEqual([
      expect.stringMatching(/^copying {2}\[#+-+\] {2}50\.0 %$/),
      '5 of 10 objects   0 B of 0 B   1 object/s   0 B/s',
      '0 failed   5 copied',
    ]);
    expect(writes()).toBe(2);
  });

  it('is drawn anew when it gets another width, and only then', () => {
    const { terminal, display, writes } = openTerminal(60);
    display.show(lookAt(5), at(0));
    display.refresh();
    expect(writes()).toBe(1);
    terminal.resize(24);
    display.refresh();
    expect(writes()).toBe(2);
    expect(terminal.rows()).toEqual([
      'copying  50.0 %',
      '5 of 10 objects',
      '0 B of 0 B   1 object/s',
      '0 B/s   0 failed',
      '5 copied',
    ]);
  });

  it('is cleared for what is final, and left as it is for what comes below', () => {
    const { terminal, display } = openTerminal(200);
    display.end();
    display.clear();
    expect(terminal.rows()).toEqual([]);
    display.show(lookAt(5), at(0));
    display.clear();
    display.end();
    terminal.write('done\n');
    expect(terminal.rows()).toEqual(['done']);
    display.show(lookAt(5), at(0));
    display.end();
    terminal.write('below');
    expect(terminal.rows()).toEqual(['done', expect.stringContaining('copying'), expect.any(String), 'below']);
  });
});
